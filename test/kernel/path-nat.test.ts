import { expect } from 'vitest'
import { type Sample, sum } from '../rig/scrape.ts'
import { kernelTest } from './kernel-test.ts'
import { ipv6Of, makeNode, service } from './node.ts'
import { less } from './traffic.ts'
import {
  added,
  both,
  countersIn,
  edges,
  families,
  inFamily,
  iperf3,
  modes,
  nothing,
  quiet,
  settled,
  sink,
  watching,
} from './walk.ts'

const PORT = 5201
/** Of services whose callers are masqueraded where they would not come back by the node. */
const services = { first: '10.96.0.11', second: '10.96.0.12', remote: '10.96.0.21' }
const everywhere = { address: '10.9.0.1', port: 30_002 }

/** For one family. Marks say that a connection has been translated, as kube-proxy's do. */
const rulesOf = (table: string, of: (ipv4: string) => string, bracket = of) => `
table ${table} more {
  chain services {
    ${Object.values(services)
      .map((each, i) => {
        const backend = ['10.1.0.11', '10.1.0.12', '10.2.0.11'][i] as string
        return `${table} daddr ${of(each)} meta l4proto { tcp, udp } th dport ${PORT} meta mark set 0x4000 dnat to ${bracket(backend)}:${PORT}`
      })
      .join('\n    ')}
    ${table} daddr ${of(everywhere.address)} meta l4proto { tcp, udp } th dport ${everywhere.port} meta mark set 0x4000 dnat to ${bracket('10.2.0.11')}:${PORT}
  }
  chain in {
    type nat hook prerouting priority -101;
    jump services
  }
  chain own {
    type nat hook output priority -101;
    jump services
  }
  chain out {
    type nat hook postrouting priority 99;
    meta mark 0x4000 masquerade
  }
}`

kernelTest(
  'translated twice, back to where it came from, and from the node itself, a packet is one count',
  async () => {
    await using net = await makeNode()
    const { node, first, second, remote, world } = net
    // The bridge gives a packet back to the port that it came by, as netfilter has it translate there (br_netfilter).
    await node.run('bridge', 'link', 'set', 'dev', 'pod1', 'hairpin', 'on')
    await node.run('nft', rulesOf('ip', String))
    await node.run(
      'nft',
      rulesOf('ip6', ipv6Of, (ipv4) => `[${ipv6Of(ipv4)}]`),
    )
    // What the node has sent in its own name by one uplink is answered by the other.
    await world.namespace.ip(`route add 10.9.0.1 via 10.8.0.1 src ${world.address}`)
    await world.namespace.ip(`-6 route add fd00:9::1 via fd00:8::1 src ${world.ipv6}`)
    // Else the node has no route for what it calls itself, before that is translated.
    await node.ip('route add 10.96.0.0/24 dev br0 src 10.1.0.1')
    await node.ip('-6 route add fd00:96::/64 dev br0 src fd00:1::1')
    await quiet(net)
    await using agent = await watching(net, modes[0])
    const before = await countersIn(net)

    const tcp = ['-n', '5M']
    const udp = ['-u', '-b', '20M', '-n', '500K', '-l', '1200']
    for (const family of families)
      for (const what of [tcp, udp]) {
        const to = (ipv4: string) => ['-c', inFamily(family, ipv4), ...what]
        await iperf3(first.namespace, first.namespace, ...to(services.first))
        await iperf3(first.namespace, second.namespace, ...to(services.second))
        await iperf3(first.namespace, remote.namespace, ...to(services.remote), '-R')
        await iperf3(first.namespace, world.namespace, ...to(world.address))
        const source = ['-B', inFamily(family, world.address), '-p', `${everywhere.port}`]
        await iperf3(world.namespace, remote.namespace, ...to(everywhere.address), ...source)
      }

    await quiet(net)
    const between = await countersIn(net)
    for (const family of families)
      for (const what of [tcp, udp])
        await iperf3(node, second.namespace, '-c', inFamily(family, services.second), ...what)
    await quiet(net)
    const byNode = less((await countersIn(net))[1]?.received ?? nothing, between[1]?.received ?? nothing)

    const ends = [first, second, remote, world].map(({ address }) => address)
    const samples = await settled(net, agent, before, ends, (counters) =>
      counters.map(({ sent }) => sent).reduce(added, byNode),
    )
    expect(new Set(edges(samples))).toEqual(
      new Set(
        families.flatMap((family) => {
          const of = (ipv4: string) => inFamily(family, ipv4)
          return [
            `${of(first.address)} > ${of(first.address)}`,
            ...both(of(first.address), of(second.address)),
            ...both(of(first.address), of(remote.address)),
            ...both(of('10.1.0.1'), of(second.address)),
            ...both(of(first.address), of(world.address)),
            ...both(of(world.address), of(remote.address)),
          ]
        }),
      ),
    )
  },
)

const LIMIT = 100
const MORE = 60
const STEP = 20

kernelTest('more translated connections than max_flows are forgotten, and counted as such', async () => {
  await using net = await makeNode()
  await using _sink = await sink(net.remote)
  await quiet(net)
  await using agent = await watching(net, modes[0], `, max_flows: ${LIMIT}`)
  // A port each: of 160 that the kernel draws two are often the same. An interval has room for some thirty connections:
  // two pairs of addresses and the outside of a tunnel.
  const step = (from: number) => `for port in {${from}..${from + 2 * STEP - 1}..2}; do
    echo $port $((port + 1)) > /proc/sys/net/ipv4/ip_local_port_range
    echo > /dev/udp/${service}/5201
  done`
  let samples: Sample[] = []
  for (let sent = STEP; sent <= LIMIT + MORE; sent += STEP) {
    await net.first.namespace.run('bash', '-c', step(40_000 + 2 * sent))
    samples = await agent.until(
      (each) => sum(each, 'netsonde_nat_forgotten_total') + sum(each, 'netsonde_nat_connections') >= sent,
    )
  }
  const of = (name: string) => sum(samples, name)
  expect([of('netsonde_nat_forgotten_total'), of('netsonde_nat_connections')]).toEqual([MORE, LIMIT])
})
