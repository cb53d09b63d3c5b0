import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { path, received } from './network.ts'
import { counted, iperf3, less, quiet } from './traffic.ts'

/** Packets that found a CPU's queue of received packets full, on the whole machine: softnet_stat, second column. */
async function backlogDrops(): Promise<number> {
  const cpus = (await readFile('/proc/net/softnet_stat', 'utf8')).trim().split('\n')
  return cpus.reduce((all, columns) => all + Number.parseInt(columns.split(' ')[1] as string, 16), 0)
}

const watching: [title: string, interfaces: string, slots: number][] = [
  ['the interface to the client', 'include: [client0]', 1],
  ['the interface to the server', 'include: [server0]', 1],
  ['both, where each packet comes by twice', 'include: ["*"]', 2],
]

for (const attach of ['tcx', 'tc'])
  for (const [title, interfaces, hooks] of watching)
    kernelTest(`by ${attach} on ${title}: bytes and packets are the wire's, each way`, async () => {
      await using net = await path()
      await quiet(net)
      await using agent = await runAgent(
        net.router,
        configuration(`attach: ${attach}, interfaces: {${interfaces}}`),
      )
      const before = await net.wire()
      const dropped = await backlogDrops()

      const mb = hooks === 2 ? 1000 : 300
      await iperf3(net, net.server.ipv4, '-n', `${mb}M`)
      await iperf3(net, net.server.ipv4, '-n', '100M', '-R')
      await iperf3(net, net.server.ipv6, '-n', '100M')
      await iperf3(net, net.server.ipv6, '-n', '100M', '-R')
      await iperf3(net, net.server.ipv4, '-u', '-b', '50M', '-n', '5M')
      await iperf3(net, net.server.ipv6, '-u', '-b', '50M', '-n', '5M', '-R')

      await quiet(net)
      const after = await net.wire()
      expect(
        await backlogDrops(),
        'the machine was too busy: it dropped packets that had passed the hooks',
      ).toBe(dropped)
      const wire = { up: less(after.toServer, before.toServer), down: less(after.toClient, before.toClient) }
      const samples = await agent.until(
        (each) =>
          sum(each, 'netsonde_capture_seen_packets_total') >= hooks * (wire.up.packets + wire.down.packets),
      )

      expect(wire.up.packets).toBeGreaterThan((mb * 1e6) / 1448)
      // The link's own counter says that super-packets came: else the test would show nothing.
      expect((await received(net.toClient)).packets).toBeLessThan(wire.up.packets / 2)
      expect(counted(samples, net.client)).toEqual(wire.up)
      expect(counted(samples, net.server)).toEqual(wire.down)
      expect(sum(samples, 'netsonde_capture_packets_total', { outcome: 'accounted' })).toBe(
        wire.up.packets + wire.down.packets,
      )
      expect(sum(samples, 'netsonde_capture_packets_total', { outcome: 'repeated' })).toBe(
        (hooks - 1) * (wire.up.packets + wire.down.packets),
      )
      expect(sum(samples, 'netsonde_capture_io_bytes_total')).toBe(
        sum(samples, 'netsonde_capture_seen_io_bytes_total'),
      )
      expect(sum(samples, 'netsonde_capture_coverage_ratio')).toBe(1)
    })

kernelTest('one ARP packet is seen, and is unparsed because it is not IP', async () => {
  await using net = await path()
  await quiet(net)
  await using agent = await runAgent(net.router, configuration('interfaces: {include: [client0]}'))
  // who-has 10.0.1.9 tell 10.0.1.1, RFC 826; 42 bytes, as a veth does not pad
  const arp = `ffffffffffff${mac(net.client.mac)}0806${'0001080006040001'}${mac(net.client.mac)}0a000101${'0'.repeat(12)}0a000109`
  await net.client.namespace.run(`${root}build/test/send_frame`, net.client.interface, arp)

  const samples = await agent.until((each) => sum(each, 'netsonde_capture_seen_packets_total') > 0)
  const notIp = { outcome: 'unparsed', reason: 'not_ip' }
  expect(sum(samples, 'netsonde_capture_seen_packets_total')).toBe(1)
  expect(sum(samples, 'netsonde_capture_packets_total', notIp)).toBe(1)
  expect(sum(samples, 'netsonde_capture_io_bytes_total', notIp)).toBe(42)
  expect(sum(samples, 'netsonde_flow_packets_total')).toBe(0)
})

const mac = (address: string) => address.replaceAll(':', '')
