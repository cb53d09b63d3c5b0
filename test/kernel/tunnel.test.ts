import { expect } from 'vitest'
import * as l from '../packets/layers.ts'
import { sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { type End, join, type Path, path, received } from './network.ts'
import { counted, iperf3, less, quiet } from './traffic.ts'

/** A VXLAN between client and server, through the router. Returns its ends. */
async function vxlan(net: Path, family: 'ipv4' | 'ipv6'): Promise<[client: End, server: End]> {
  for (const [here, there] of [
    [net.client, net.server],
    [net.server, net.client],
  ] as const) {
    const ends = `local ${here[family]} remote ${there[family]} dev ${here.interface}`
    await here.namespace.ip(`link add vxlan0 type vxlan id 42 dstport 4789 nolearning ${ends}`)
  }
  return join([net.client.namespace, 'vxlan0'], [net.server.namespace, 'vxlan0'], 42)
}

const ways = [
  ['ipv4', 'client0', false],
  ['ipv4', 'server0', false],
  ['ipv6', 'client0', false],
  ['ipv4', 'client0', true],
  ['ipv6', 'server0', true],
] as const

for (const [family, hook, decapsulate] of ways)
  kernelTest(
    `VXLAN over ${family} at ${hook}: ${decapsulate ? 'its inside has' : 'it has'} the bytes and packets of the wire, each way`,
    async () => {
      await using net = await path()
      const [client, server] = await vxlan(net, family)
      await quiet(net)
      await using agent = await runAgent(
        net.router,
        configuration(`decapsulate: ${decapsulate}, interfaces: {include: [${hook}]}`),
      )
      const before = await net.wire()

      await iperf3(net, server.ipv4, '-n', '50M')
      await iperf3(net, server.ipv4, '-n', '50M', '-R')
      await iperf3(net, server.ipv6, '-n', '50M')
      await iperf3(net, server.ipv6, '-n', '50M', '-R')
      await iperf3(net, server.ipv4, '-u', '-b', '50M', '-n', '1M')

      await quiet(net)
      const after = await net.wire()
      const wire = { up: less(after.toServer, before.toServer), down: less(after.toClient, before.toClient) }
      const samples = await agent.until(
        (each) => sum(each, 'netsonde_capture_seen_packets_total') >= wire.up.packets + wire.down.packets,
      )
      // The link's own counter says that super-packets came: else the test would show nothing.
      const ingress = hook === 'client0' ? net.toClient : net.toServer
      const came = hook === 'client0' ? wire.up.packets : wire.down.packets
      expect((await received(ingress)).packets).toBeLessThan(came / 2)
      expect(counted(samples, decapsulate ? client : net.client)).toEqual(wire.up)
      expect(counted(samples, decapsulate ? server : net.server)).toEqual(wire.down)
      expect(sum(samples, 'netsonde_capture_coverage_ratio')).toBe(1)
    },
  )

for (const decapsulate of [false, true])
  kernelTest(
    `VXLAN datagrams in one super-packet that ends between them repeat no header of their inside${decapsulate ? ', looked into' : ''}`,
    async () => {
      await using net = await path()
      await vxlan(net, 'ipv4') // who takes them, and drops them for their network's number
      await net.router.run('ethtool', '-K', net.toServer.interface, 'tx-udp-segmentation', 'off')
      await quiet(net)
      const configured = configuration(`decapsulate: ${decapsulate}, interfaces: {include: [client0]}`)
      await using agent = await runAgent(net.router, configured)
      const before = await net.wire()

      const stranger = (): l.Layer => ({ name: 'VXLAN', bytes: [8, 0, 0, 0, 0, 0, 99, 0] })
      const rest = (): l.Layer => ({ name: 'payload', bytes: new Array<number>(60).fill(0) }) // to the 100 bytes that IPv4 says
      const datagram = Buffer.from(l.frameOf([stranger, l.ethernet, l.ipv4(), l.tcp(), rest])).toString('hex')
      await net.client.namespace.run(
        `${root}build/test/send_segments`,
        net.server.ipv4,
        '4789',
        '40',
        datagram,
      )

      const one = { packets: 40, bytes: 40 * (14 + 20 + 8 + 8 + 14 + 100) }
      const samples = await agent.until((each) => sum(each, 'netsonde_capture_seen_packets_total') >= 40)
      expect((await received(net.toClient)).packets).toBeLessThan(40)
      expect(less((await net.wire()).toServer, before.toServer)).toEqual(one)
      const sender = decapsulate ? { ...net.client, ipv4: '10.0.0.1', ipv6: '' } : net.client
      expect(counted(samples, sender)).toEqual(one)
    },
  )
