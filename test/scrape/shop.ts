import type { PointBatch } from '../../src/pipeline/point-batch.ts'
import { batchOf } from '../rig/batch.ts'

/** This row adds nothing to the metric. */
const none = Number.NaN

const START = Date.UTC(2030, 0, 1, 12)

/**
 * Three intervals of a small shop: browsers to a web server, it to a database, and DNS.
 * Rows come per sender, as the kernel's entries do when they are turned into points.
 */
export function shop(): PointBatch[] {
  return [0, 1, 2].flatMap((i) => {
    const startMs = START + 5000 * i
    return [
      batchOf({
        startMs,
        columns: {
          'network.transport': ['tcp', 'tcp', 'tcp', 'tcp', 'udp', 'udp', 'icmp'],
          'network.type': ['ipv4', 'ipv4', 'ipv6', 'ipv6', 'ipv4', 'ipv4', 'ipv6'],
          'netsonde.flow.direction': [
            'forward',
            'reverse',
            'forward',
            'reverse',
            'forward',
            'reverse',
            'unknown',
          ],
          'source.address': ['10.0.1.7', '10.0.2.9', 'fd00::7', 'fd00::9', '10.0.1.7', '10.0.0.2', 'fe80::1'],
          'destination.address': [
            '10.0.2.9',
            '10.0.1.7',
            'fd00::9',
            'fd00::7',
            '10.0.0.2',
            '10.0.1.7',
            'fe80::2',
          ],
          'source.port': [49152, 443, 50000, 5432, 53000, 53, undefined],
          'destination.port': [443, 49152, 5432, 50000, 53, 53000, undefined],
          // Linux allows these in names of interfaces, and Prometheus wants them escaped.
          'network.interface.name': ['eth0', 'eth0', 'veth"1"', 'veth"1"', 'eth0', 'eth0', 'tun\\0'],
        },
        values: {
          'netsonde.flow.io': [120_000, 88_000_000, 6400, 2 ** 40, 980, 3100, 118],
          'netsonde.flow.packets': [910, 61_204, 40, 726_000_000, 7, 7, 1],
          'netsonde.flow.count': [i === 0 ? 1 : none, none, i, none, 7, none, none],
        },
      }),
      batchOf({
        startMs,
        columns: {
          outcome: ['accounted', 'repeated', 'unparsed', 'unparsed'],
          reason: [undefined, undefined, 'not_ip', 'truncated'],
        },
        values: {
          'netsonde.capture.packets': [726_062_169, 1200, 3, i === 2 ? 1 : 0],
          'netsonde.capture.io': [1_099_599_758_374, 90_000, 126, i === 2 ? 20 : 0],
        },
      }),
      batchOf({
        startMs,
        values: {
          'netsonde.capture.seen.packets': [726_063_372 + (i === 2 ? 1 : 0)],
          'netsonde.capture.seen.io': [1_099_599_848_500 + (i === 2 ? 20 : 0)],
          'netsonde.capture.coverage': [i === 2 ? 726_062_169 / 726_062_170 : 1],
        },
      }),
    ]
  })
}
