import { expect } from 'vitest'
import { sum } from '../rig/scrape.ts'
import { ipv6Of, makeNode, type Node, nodePort, service } from './node.ts'
import {
  both,
  countersIn,
  edges,
  endpointsOf,
  families,
  inFamily,
  pathTest,
  quiet,
  settled,
  watching,
} from './walk.ts'

const CLOSED = 5299
const PORT = 5201
const DATAGRAMS = 5
/** Behind the world, which is the router on the way to it, over a link that takes no larger packets. */
const beyond = '10.9.0.77'
const MTU = 1280

async function makeBeyond({ node, world }: Node): Promise<void> {
  const { namespace } = world
  await namespace.sysctl('net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
  await namespace.ip('link add narrow0 type veth peer name narrow1')
  for (const name of ['narrow0', 'narrow1']) await namespace.ip(`link set dev ${name} mtu ${MTU} arp off up`)
  await namespace.ip(`route add ${beyond} dev narrow0`)
  await namespace.ip(`-6 route add ${ipv6Of(beyond)} dev narrow0`)
  const [{ address: mac } = { address: '' }] = JSON.parse(await namespace.ip('-j link show dev up0')) as {
    address: string
  }[]
  for (const address of [beyond, ipv6Of(beyond)])
    await node.ip(`neigh add ${address} lladdr ${mac} dev up0 nud permanent`)
}

pathTest(
  'ICMP errors about translated connections, and echoes of several, are one count each',
  async (mode) => {
    await using net = await makeNode()
    const { first, second, remote, world } = net
    for (const { namespace } of endpointsOf(net))
      await namespace.sysctl('net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0')
    await makeBeyond(net)
    await quiet(net)
    await using agent = await watching(net, mode)
    const before = await countersIn(net)

    const datagrams = (address: string, port: number) =>
      `for i in {1..${DATAGRAMS}}; do echo > /dev/udp/${address}/${port}; sleep 0.05; done`
    await Promise.all(
      families.flatMap((family) => {
        const of = (ipv4: string) => inFamily(family, ipv4)
        const ping = ['ping', '-q', '-i', '0.02', '-W', '1'] as const
        return [
          first.namespace.run('bash', '-c', datagrams(of(service), PORT)),
          first.namespace.run('bash', '-c', datagrams(of(world.address), CLOSED)),
          world.namespace.run('bash', '-c', datagrams(of(nodePort.address), nodePort.port)),
          // The router has no room for it, and then none of the hops that it needs.
          first.namespace.run(...ping, '-c', '5', '-M', 'probe', '-s', '1300', of(beyond)).catch(() => {}),
          first.namespace.run(...ping, '-c', '5', '-t', '2', of(beyond)).catch(() => {}),
          first.namespace.run(...ping, '-c', '50', of(world.address)),
          second.namespace.run(...ping, '-c', '30', of(world.address)),
        ]
      }),
    )

    const ends = [first.address, second.address, remote.address, [world.address, beyond]]
    const samples = await settled(net, agent, before, ends)
    expect(new Set(edges(samples))).toEqual(
      new Set(
        families.flatMap((family) => {
          const of = (ipv4: string) => inFamily(family, ipv4)
          return [
            ...both(of(first.address), of(remote.address)),
            ...both(of(first.address), of(world.address)),
            ...both(of(second.address), of(world.address)),
            `${of(first.address)} > ${of(beyond)}`,
          ]
        }),
      ),
    )
    expect(sum(samples, 'netsonde_nat_unresolved_total')).toBe(0)
  },
)
