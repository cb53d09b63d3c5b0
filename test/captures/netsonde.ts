import type { Point, PointBatch } from '../../src/pipeline/point-batch.ts'
import { createPcap } from '../../src/receivers/pcap/receiver.ts'
import { settingsOf } from '../rig/settings.ts'
import type { Sent, Truth } from './tshark.ts'

/** What the receiver hands on for a capture, in the shape of tshark's answer. */
export async function askReceiver(path: string, decapsulate: boolean): Promise<Truth> {
  const batches: PointBatch[] = []
  const finished = Promise.withResolvers<void>()
  const settings = settingsOf('pcap', { finished: finished.resolve, report: finished.reject })
  await using receiver = createPcap({ path, decapsulate, max_flows: 1 << 20 }, settings, {
    consume: (batch) => void batches.push(batch),
  })
  await receiver.start()
  await finished.promise
  return truthOf(batches)
}

/** The batches of flows and of the ledger that a receiver hands on, in the shape of tshark's answer. */
export function truthOf(batches: readonly PointBatch[]): Truth {
  const sent: Sent = new Map()
  const others = { packets: 0, bytes: 0 }
  for (const point of batches.flatMap((batch) => Iterator.from(batch).map(rowOf).toArray())) {
    if (point.outcome === 'unparsed') {
      others.packets += point.packets
      others.bytes += point.bytes
    }
    const { packets, bytes } = sent.get(point.key) ?? { packets: 0, bytes: 0 } // a connection, and fragments without a first
    if (point.flow.packets > 0)
      sent.set(point.key, { packets: packets + point.flow.packets, bytes: bytes + point.flow.bytes })
  }
  return { sent, others }
}

const rowOf = (point: Point) => ({
  outcome: point.attribute('outcome'),
  packets: point.value('netsonde.capture.packets'),
  bytes: point.value('netsonde.capture.io'),
  flow: { packets: point.value('netsonde.flow.packets'), bytes: point.value('netsonde.flow.io') },
  key: [
    point.attribute('network.transport'),
    point.source.address,
    point.source.port ?? '-',
    point.destination.address,
    point.destination.port ?? '-',
  ].join(' '),
})
