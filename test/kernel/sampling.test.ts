import { expect } from 'vitest'
import { sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { path } from './network.ts'
import { counted, iperf3, less, quiet } from './traffic.ts'

const SAMPLING = 10

const agentOn = (net: Awaited<ReturnType<typeof path>>) =>
  runAgent(
    net.router,
    configuration(`sampling: ${SAMPLING}`)
      .replaceAll('network.type]', 'network.type, netsonde.estimated]')
      .replace('metrics:\n', 'default_limit: 200000\n    metrics:\n'),
  )

/** Five standard deviations of an estimate from so many packets, as a share: one in two million is beyond. */
const tolerance = (packets: number) => 5 / Math.sqrt(packets / SAMPLING)

kernelTest(
  'one packet in ten tells bytes and packets, marked, at two hooks, and outside of the identity',
  async () => {
    await using net = await path()
    for (const { namespace, interface: name } of [net.client, net.server])
      await namespace.run('ethtool', '-K', name, 'tso', 'off', 'gso', 'off')
    await quiet(net)
    await using agent = await agentOn(net)
    const before = await net.wire()
    await iperf3(net, net.server.ipv4, '-n', '100M')
    await iperf3(net, net.server.ipv6, '-n', '100M')
    await quiet(net)
    const wire = less((await net.wire()).toServer, before.toServer)
    const near = wire.packets / SAMPLING / 2

    const samples = await agent.until((each) => sum(each, 'netsonde_capture_seen_packets_total') > 2 * near)
    const marked = samples.filter(({ labels }) => labels.netsonde_estimated === 'true')
    const found = counted(marked, net.client)
    const off = tolerance(wire.packets)
    expect(Math.abs(found.packets / wire.packets - 1)).toBeLessThan(off)
    expect(Math.abs(found.bytes / wire.bytes - 1)).toBeLessThan(off)
    expect(found).toEqual(counted(samples, net.client))
    expect(found.packets % SAMPLING).toBe(0)

    expect(sum(samples, 'netsonde_capture_seen_packets_total')).toBeLessThan(wire.packets / 2)
    expect(sum(samples, 'netsonde_capture_packets_total')).toBe(
      sum(samples, 'netsonde_capture_seen_packets_total'),
    )
    expect(sum(samples, 'netsonde_capture_io_bytes_total')).toBe(
      sum(samples, 'netsonde_capture_seen_io_bytes_total'),
    )
    const error = sum(samples, 'netsonde_capture_relative_error_ratio')
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThan(1)
  },
)

kernelTest(
  'a sampled packet is looked at by every hook that it passes, so short connections are not counted up',
  async () => {
    await using net = await path()
    await net.router.sysctl('net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.client0.rp_filter=0')
    await net.router.ip(`route add 10.255.0.0/16 via ${net.server.ipv4}`)
    await quiet(net)
    await using agent = await agentOn(net)
    const before = await net.wire()
    const { namespace, interface: out } = net.client
    await namespace.run(`${root}build/test/flood`, out, net.toClient.mac, '50000') // of two packets each
    await quiet(net)
    const wire = less((await net.wire()).toServer, before.toServer)
    expect(wire.packets).toBeGreaterThanOrEqual(100_000)

    const flooded = { network_transport: 'udp', destination_address: '10.255.0.1' }
    const samples = await agent.until(
      (each) => sum(each, 'netsonde_capture_seen_packets_total') > wire.packets / SAMPLING,
    )
    const found = sum(samples, 'netsonde_flow_packets_total', flooded)
    expect(Math.abs(found / wire.packets - 1)).toBeLessThan(tolerance(wire.packets))
    const [accounted, repeated] = ['accounted', 'repeated'].map((outcome) =>
      sum(samples, 'netsonde_capture_packets_total', { outcome }),
    ) as [number, number]
    // A jiffy may end between two hooks.
    expect(Math.abs(accounted - repeated) / accounted).toBeLessThan(0.02)
  },
)
