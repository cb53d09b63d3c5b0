import { expect } from 'vitest'
import { type FilterLists, Filters } from '../../src/receivers/ebpf/filters.ts'
import type { Make } from '../packets/layers.ts'
import * as l from '../packets/layers.ts'
import { sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import { link, Namespace, path } from './network.ts'
import { countedOnVeth, sendFrames } from './on-veth.ts'
import { iperf3, quiet } from './traffic.ts'

const { ethernet, ipv4, ipv6, udp } = l
const at4 = (from: string, to: string, upper: Make) => [ethernet, ipv4({ from, to }), upper]

/** A frame of each kind, and the line that counts it. */
const kinds = {
  web: [at4('10.1.0.1', '192.0.2.7', l.tcp()), 'tcp 10.1.0.1 40000 192.0.2.7 80 1 54'],
  dns: [at4('10.1.0.1', '10.2.0.1', udp), 'udp 10.1.0.1 5353 10.2.0.1 53 1 42'],
  sctp: [at4('10.3.0.1', '10.1.0.1', l.sctp), 'sctp 10.3.0.1 2905 10.1.0.1 36412 1 46'],
  ping: [at4('10.3.0.1', '10.4.0.1', l.echo), 'icmp 10.3.0.1 - 10.4.0.1 - 1 42'],
  ping6: [[ethernet, ipv6(), l.echo6], 'icmp fd00::1 - fd00::2 - 1 62'],
  dns6: [[ethernet, ipv6({ from: 3 }), udp], 'udp fd00::3 5353 fd00::2 53 1 62'],
  esp: [at4('10.3.0.1', '10.4.0.1', l.other(50)), '50 10.3.0.1 - 10.4.0.1 - 1 46'],
} as const satisfies Record<string, readonly [readonly Make[], string]>
type Kind = keyof typeof kinds
const all = Object.keys(kinds) as Kind[]
const but = (...left: Kind[]) => all.filter((kind) => !left.includes(kind))

const facts: [title: string, lists: Partial<FilterLists>, pass: readonly Kind[]][] = [
  ['without an entry all passes', {}, all],
  [
    'an address is that of the sender or the receiver',
    { include: [{ cidr: '10.1.0.1' }] },
    ['web', 'dns', 'sctp'],
  ],
  ['a network is that of either end', { include: [{ cidr: '10.1.0.0/16' }] }, ['web', 'dns', 'sctp']],
  ['a prefix may end within a byte', { include: [{ cidr: '10.2.0.0/15' }] }, ['dns', 'sctp', 'ping', 'esp']],
  ['IPv4 is not in a network of IPv6', { include: [{ cidr: '::/0' }] }, ['ping6', 'dns6']],
  ['nor the other way round', { exclude: [{ cidr: '0.0.0.0/0' }] }, ['ping6', 'dns6']],
  ['a host of IPv6', { include: [{ cidr: 'fd00::3' }] }, ['dns6']],
  ['a port is that of either end', { include: [{ port: 53 }, { port: 40000 }] }, ['web', 'dns', 'dns6']],
  ['what has no ports fits no port', { exclude: [{ port: 1 }] }, all],
  ['icmp is of both families', { exclude: [{ transport: 'icmp' }] }, but('ping', 'ping6')],
  ['a transport may be a number', { include: [{ transport: 50 }, { transport: '132' }] }, ['esp', 'sctp']],
  ['all of an entry has to fit', { include: [{ cidr: '10.1.0.0/16', transport: 'udp', port: 53 }] }, ['dns']],
  [
    'one of several entries is enough',
    { include: [{ transport: 'tcp' }, { port: 53 }] },
    ['web', 'dns', 'dns6'],
  ],
  ['exclude wins', { include: [{ port: 53 }], exclude: [{ cidr: 'fd00::/64' }] }, ['dns']],
  [
    'as many entries as there may be',
    {
      include: [...new Array(31).fill({ port: 9 }), { port: 53 }],
      exclude: [...new Array(31).fill({ port: 9 }), { cidr: '10.2.0.1' }],
    },
    ['dns6'],
  ],
]

for (const [title, { include = [], exclude = [] }, pass] of facts)
  kernelTest(`filters: ${title}`, async () => {
    const frames = all.map((kind) => l.frameOf(kinds[kind][0]))
    const counted = await countedOnVeth((namespace, device) => sendFrames(namespace, device, frames), {
      filters: new Filters({ include, exclude }).rules,
    })
    const left = but(...pass).map((kind) => l.frameOf(kinds[kind][0]).length)
    const filtered = `filtered ${left.length} ${left.reduce((sum, bytes) => sum + bytes, 0)}`
    expect(counted).toEqual([
      ...pass.map((kind) => kinds[kind][1]).toSorted(),
      ...(left.length > 0 ? [filtered] : []),
    ])
  })

kernelTest('filters of interfaces hold for those that come later, and the identity holds', async () => {
  await using net = await path()
  await quiet(net)
  const filters =
    'filters: {include: [{interface: "client*"}, {interface: "late?"}], exclude: [{port: 5201, interface: late0}]}'
  await using agent = await runAgent(net.router, configuration(`interfaces: {include: ["*"]}, ${filters}`))

  await using space = await Namespace.create('late')
  const [, late] = await link([space, 'eth0'], [net.router, 'late0'], 3)
  await agent.until(() => agent.process.output().includes('"late0"'))
  await late.namespace.run('ping', '-c', '5', '-i', '0.01', '10.0.3.1')
  await iperf3(net, net.server.ipv4, '-n', '20M')

  const outcome = (name: string, metric = 'packets') => ({
    of: (samples: Parameters<typeof sum>[0]) =>
      sum(samples, `netsonde_capture_${metric}_total`, { outcome: name }),
  })
  await quiet(net)
  const samples = await agent.until((each) => outcome('accounted').of(each) > 13_000)
  const icmp = { network_transport: 'icmp' }
  expect(sum(samples, 'netsonde_flow_packets_total', { ...icmp, network_type: 'ipv4' })).toBe(10)
  // What passes client0 passes server0 too; the rest is that interface's own.
  const pinged = sum(samples, 'netsonde_flow_packets_total', icmp)
  expect(outcome('filtered').of(samples)).toBe(outcome('accounted').of(samples) - pinged)
  expect(outcome('repeated').of(samples)).toBe(0)
  expect(sum(samples, 'netsonde_capture_packets_total')).toBe(
    sum(samples, 'netsonde_capture_seen_packets_total'),
  )
  expect(sum(samples, 'netsonde_capture_io_bytes_total')).toBe(
    sum(samples, 'netsonde_capture_seen_io_bytes_total'),
  )
  expect(sum(samples, 'netsonde_capture_coverage_ratio')).toBe(1)
})
