import { expect } from 'vitest'
import { startProgram } from '../rig/program.ts'
import { sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { memoryOf } from './memory.ts'
import { type Counters, counted, path, received } from './network.ts'
import type { Closed } from './probe.ts'

/** Floods the router's interface to the client with short connections while generations of 4,096 are closed. */
async function churn(object: string, connections: number): Promise<{ closed: Closed[]; wire: Counters }> {
  await using net = await path()
  const [enter, ...into] = net.router.enter
  const { interface: watched } = net.toClient
  await using probe = startProgram(enter, [
    ...into,
    process.execPath,
    `${root}test/kernel/probe.ts`,
    `${root}build/${object}.bpf.o`,
    '4096',
    watched,
  ])
  const before = await received(net.toClient)
  await probe.line(/^attached/)
  const { namespace, interface: out } = net.client
  await namespace.run(`${root}build/test/flood`, out, net.toClient.mac, String(connections))
  probe.signal('SIGTERM')
  expect(await probe.ended).toBe(0)
  const after = await received(net.toClient)
  const closed = probe
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Closed)
  return { closed, wire: { packets: after.packets - before.packets, bytes: after.bytes - before.bytes } }
}

const add = (closed: Closed[], each: (generation: Closed) => Counters): Counters => ({
  packets: closed.reduce((all, generation) => all + each(generation).packets, 0),
  bytes: closed.reduce((all, generation) => all + each(generation).bytes, 0),
})

const nothing = { packets: 0, bytes: 0 }

kernelTest(
  'a million short connections through a table of 4,096: nothing is lost, nothing counted twice',
  async () => {
    const { closed, wire } = await churn('flow', 1_000_000)
    expect(wire.packets).toBeGreaterThanOrEqual(2_000_000)
    expect(closed.map(({ missing }) => missing)).toEqual(closed.map(() => nothing))
    expect(add(closed, ({ seen }) => seen)).toEqual(wire)
    const [accounted, overflow] = [
      add(closed, (each) => each.accounted),
      add(closed, (each) => each.overflow),
    ]
    expect({
      packets: accounted.packets + overflow.packets,
      bytes: accounted.bytes + overflow.bytes,
    }).toEqual(wire)
    const roomy = closed.filter(({ flows }) => flows < 3000)
    expect(roomy.length).toBeGreaterThan(0)
    expect(roomy.map((each) => each.overflow)).toEqual(roomy.map(() => nothing))
  },
)

kernelTest('it stays so if packets take a millisecond between look-up and count', async () => {
  const { closed, wire } = await churn('faults/SLOW', 100_000)
  expect(closed.map(({ missing }) => missing)).toEqual(closed.map(() => nothing))
  expect(add(closed, ({ seen }) => seen)).toEqual(wire)
})

kernelTest('and it is not so if nobody waits for the packets under way', async () => {
  const { closed } = await churn('faults/SLOW_NO_WAIT', 100_000)
  expect(closed.filter(({ missing }) => missing.packets !== 0).length).toBeGreaterThan(0)
})

kernelTest('memory stays as it is while a million connections come and go', async () => {
  await using net = await path()
  await using agent = await runAgent(
    net.router,
    configuration('max_flows: 4096, interfaces: {include: [client0]}').replace('200ms', '100ms'),
  )
  const after200kMore = async () => {
    const { namespace, interface: out } = net.client
    await namespace.run(`${root}build/test/flood`, out, net.toClient.mac, '200000')
    const { packets } = await received(net.toClient)
    await agent.until((each) => sum(each, 'netsonde_capture_seen_packets_total') >= packets)
    return memoryOf(agent.process.pid)
  }
  await after200kMore() // the budget of series fills up, code is compiled
  const begin = await after200kMore()
  const later = []
  for (let round = 0; round < 5; round++) later.push(await after200kMore())

  expect(begin.maps).toBeGreaterThan(1_000_000)
  // Others open and close sockets meanwhile, which are in maps, too: 104 bytes each.
  expect(Math.max(...later.map(({ maps }) => maps)) - begin.maps).toBeLessThan(100_000)
  // The heap grows once by 11 MB, at any time; 16 bytes kept of each connection would be more than this.
  expect(Math.max(...later.map(({ own }) => own)) - begin.own).toBeLessThan(15_000_000)
  const samples = await agent.until(() => true)
  const accounted = sum(samples, 'netsonde_capture_packets_total', { outcome: 'accounted' })
  expect(accounted).toBeGreaterThan(200_000)
  const seen = sum(samples, 'netsonde_capture_seen_packets_total')
  expect(sum(samples, 'netsonde_capture_packets_total')).toBe(seen)
  // The router itself reports its multicast groups, before the agent is attached or after.
  const { rx, tx } = await counted(net.toClient)
  expect(seen).toBeGreaterThanOrEqual(rx.packets)
  expect(seen).toBeLessThanOrEqual(rx.packets + tx.packets)
})
