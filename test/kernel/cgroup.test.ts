import { expect } from 'vitest'
import { startProgram } from '../rig/program.ts'
import { type Sample, sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { Cgroup, startPeer } from './cgroups.ts'
import { heldBy, stillThere } from './held.ts'
import { kernelTest } from './kernel-test.ts'
import { type Counters, type Path, path, received } from './network.ts'
import { less, quiet } from './traffic.ts'

/** An Ethernet header, which the links count and sockets do not have. */
const FRAME_HEADER = 14

const atSockets = ({ path }: { path: string }) =>
  configuration(`attach: cgroup, cgroup: ${path}`).replaceAll(
    'source.address, destination.address',
    'source.process.linux.cgroup, destination.process.linux.cgroup',
  )

/** `undefined`: whatever it is. */
function counted(
  samples: readonly Sample[],
  source: string | undefined,
  destination: string | undefined,
): Counters {
  const ends = {
    ...(source !== undefined && { source_process_linux_cgroup: source }),
    ...(destination !== undefined && { destination_process_linux_cgroup: destination }),
  }
  return {
    packets: sum(samples, 'netsonde_flow_packets_total', ends),
    bytes: sum(samples, 'netsonde_flow_io_bytes_total', ends),
  }
}

const withoutLinkHeaders = ({ packets, bytes }: Counters): Counters => ({
  packets,
  bytes: bytes - packets * FRAME_HEADER,
})

/** TCP and UDP over both families, from a cgroup to the server, whose sockets stay open. */
async function exchange(net: Path, from: Cgroup, bytes: number): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  for (const address of [net.server.ipv4, net.server.ipv6])
    for (const [how, each] of [
      ['tcp', bytes],
      ['udp', bytes / 100],
    ] as const)
      stack.use(await startPeer(from, net.client, 'ask', how, address, '7777', String(each)))
  await quiet(net)
  return stack.move()
}

kernelTest(
  'between two cgroups and namespaces bytes and packets are the wire’s, of each cgroup',
  async () => {
    await using net = await path()
    await using all = await Cgroup.create('all')
    await using asking = await all.below('asking')
    await using serving = await all.below('serving')
    await quiet(net)
    await using agent = await runAgent(net.router, atSockets(all))
    const [before, skbs] = [await net.wire(), await received(net.toClient)]

    await using server = await startPeer(serving, net.server, 'serve', '7777')
    await using _ = await exchange(net, asking, 30e6)
    const after = await net.wire()
    const up = withoutLinkHeaders(less(after.toServer, before.toServer))
    const down = withoutLinkHeaders(less(after.toClient, before.toClient))
    const packets = up.packets + down.packets
    // The link's own counter says that super-packets were sent: else the test would show nothing.
    expect(less(await received(net.toClient), skbs).packets).toBeLessThan(up.packets / 2)

    const samples = await agent.until(
      (each) => sum(each, 'netsonde_capture_seen_packets_total') >= 2 * packets,
    )
    const [a, b] = [`0::${asking.path}`, await serving.name(server.pid)]
    expect(counted(samples, a, b)).toEqual(up)
    expect(counted(samples, b, a)).toEqual(down)
    // Both ends' sockets are here: what arrives is what was sent.
    for (const outcome of ['accounted', 'repeated'])
      expect(sum(samples, 'netsonde_capture_packets_total', { outcome }), outcome).toBe(packets)
    expect(sum(samples, 'netsonde_capture_seen_packets_total')).toBe(2 * packets)
    expect(sum(samples, 'netsonde_capture_io_bytes_total')).toBe(
      sum(samples, 'netsonde_capture_seen_io_bytes_total'),
    )
    expect(sum(samples, 'netsonde_capture_coverage_ratio')).toBe(1)
  },
)

kernelTest('with one end elsewhere what comes to a cgroup’s sockets is the wire’s, too', async () => {
  await using net = await path()
  await using asking = await Cgroup.create('asking')
  await using elsewhere = await Cgroup.create('elsewhere')
  await quiet(net)
  await using agent = await runAgent(net.router, atSockets(asking))
  const before = await net.wire()
  await using _server = await startPeer(elsewhere, net.server, 'serve', '7777')
  await using _ = await exchange(net, asking, 30e6)
  const after = await net.wire()
  const up = withoutLinkHeaders(less(after.toServer, before.toServer))
  const down = withoutLinkHeaders(less(after.toClient, before.toClient))

  const samples = await agent.until(
    (each) => sum(each, 'netsonde_capture_seen_packets_total') >= up.packets + down.packets,
  )
  const here = `0::${asking.path}`
  expect(counted(samples, here, undefined)).toEqual(up)
  expect(counted(samples, undefined, here)).toEqual(down)
  expect(sum(samples, 'netsonde_capture_packets_total', { outcome: 'repeated' })).toBe(0)
})

kernelTest(
  'of a closed connection the last ACK is seen where it comes in, for no process’s socket sends it',
  async () => {
    await using net = await path()
    await using asking = await Cgroup.create('asking')
    await using serving = await Cgroup.create('serving')
    await quiet(net)
    await using agent = await runAgent(net.router, atSockets({ path: '/' }))
    const before = await net.wire()
    {
      await using _server = await startPeer(serving, net.server, 'serve', '7777')
      for (const address of [net.server.ipv4, net.server.ipv6]) {
        const client = await startPeer(asking, net.client, 'ask', 'tcp', address, '7777', '1000')
        await client[Symbol.asyncDispose]()
      }
      await quiet(net) // the client's half is closed; that the server's closes too is for nobody's socket any more
    }
    await quiet(net)
    const after = await net.wire()
    const up = withoutLinkHeaders(less(after.toServer, before.toServer))
    const down = withoutLinkHeaders(less(after.toClient, before.toClient))
    const [a, b] = [`0::${asking.path}`, `0::${serving.path}`]
    const own = { packets: 2, bytes: 52 + 72 } // IPv4 and IPv6, TCP with timestamps
    const samples = await agent.until(
      (each) =>
        counted(each, undefined, b).packets >= up.packets &&
        counted(each, b, undefined).packets >= down.packets,
    )
    expect(counted(samples, a, b)).toEqual(less(up, own))
    expect(counted(samples, undefined, b)).toEqual(up)
    expect(counted(samples, b, undefined)).toEqual(down)
  },
)

for (const [exclude, packets] of [
  ['[lo]', 0],
  ['[]', 10],
] as const)
  kernelTest(`exclude: ${exclude} sees ${packets} of 10 datagrams over a loopback device`, async () => {
    await using net = await path()
    await using cgroup = await Cgroup.create('loopback')
    await using agent = await runAgent(
      net.router,
      atSockets(cgroup).replace('cgroup: /', `interfaces: {exclude: ${exclude}}, cgroup: /`),
    )
    await using _server = await startPeer(cgroup, net.server, 'serve', '7777')
    const inside = { ...net.client, namespace: net.server.namespace }
    await using _ = await startPeer(cgroup, inside, 'ask', 'udp', '127.0.0.1', '7777', '5000')
    await using _far = await startPeer(cgroup, net.client, 'ask', 'udp', net.server.ipv4, '7777', '1000')
    const here = `0::${cgroup.path}`
    const samples = await agent.until((each) => counted(each, here, here).packets >= packets + 2)
    expect(counted(samples, here, here)).toEqual({
      packets: packets + 2,
      bytes: (packets + 2) * (1000 + 28),
    })
  })

kernelTest('a foreign program at the same sockets goes on counting, and kill -9 leaves nothing', async () => {
  await using net = await path()
  await using cgroup = await Cgroup.create('foreign')
  const words = [`${root}build/test/foreign.bpf.o`, cgroup.directory, 'cgroup']
  await using foreign = startProgram(`${root}build/test/foreign`, words, { interactive: true })
  await foreign.line(/^attached/)
  const server = await startPeer(cgroup, net.server, 'serve', '7777')
  const ask = async () => {
    const peer = await startPeer(cgroup, net.client, 'ask', 'udp', net.server.ipv4, '7777', '5000')
    await peer[Symbol.asyncDispose]()
    return Number(await foreign.ask())
  }
  expect(await ask()).toBe(10)

  await using agent = await runAgent(net.router, atSockets(cgroup))
  const ids = await heldBy(agent.process.pid)
  expect(ids.filter((id) => id.startsWith('prog')).length).toBe(4) // two look at listening sockets
  expect(ids.filter((id) => id.startsWith('link')).length).toBe(4)
  expect(await ask()).toBe(20)
  await agent.until((each) => sum(each, 'netsonde_capture_seen_packets_total') === 20)

  agent.process.signal('SIGKILL')
  expect(await agent.process.ended).toBe('SIGKILL')
  await expect.poll(() => stillThere(ids), { timeout: 30_000 }).toBe('')
  expect(await ask()).toBe(30)
  await server[Symbol.asyncDispose]()
})

kernelTest('what can be used is told, and a cgroup that is not there is an error', async () => {
  await using net = await path()
  await using cgroup = await Cgroup.create('told')
  await using agent = await runAgent(net.router, atSockets(cgroup))
  const of = (feature: string) => ({ feature, state: 'available' })
  const samples = await agent.until((each) => sum(each, 'netsonde_capability', of('attach.cgroup')) === 1)
  for (const feature of ['attach.tcx', 'attach.tc'])
    expect(sum(samples, 'netsonde_capability', { feature, state: 'disabled', reason: 'configuration' })).toBe(
      1,
    )
  expect(agent.process.output()).toContain(cgroup.directory)
  await expect(runAgent(net.client.namespace, atSockets({ path: '/nowhere' }))).rejects.toThrow(
    /no sockets can be seen: opening the cgroup .*\/nowhere: No such file or directory/,
  )
})
