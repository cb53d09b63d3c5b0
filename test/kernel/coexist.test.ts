import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startProgram } from '../rig/program.ts'
import { sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { heldBy, hooksOf, stillThere } from './held.ts'
import { kernelTest } from './kernel-test.ts'
import { type Path, path } from './network.ts'

/** Somebody else's program on the router's interface to the client; it says how many packets it has seen. */
async function foreign(net: Path, how: 'tcx' | 'tc') {
  const [enter, ...into] = net.router.enter
  const held = startProgram(
    enter,
    [...into, `${root}build/test/foreign`, `${root}build/test/foreign.bpf.o`, net.toClient.interface, how],
    { interactive: true },
  )
  await held.line(/^attached/)
  return {
    packets: async () => Number(await held.ask()),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  }
}

const pings = async (net: Path, count: number) => {
  for (let i = 0; i < count; i++)
    await net.client.namespace.run('ping', '-c', '1', '-W', '5', net.server.ipv4)
}

/** The programs that look at listening sockets, with a link each. */
const LISTENERS = 2

const kinds = (of: readonly string[], kind: string) => of.filter((each) => each.startsWith(kind)).length

const receiver = (attach: string) => configuration(`attach: ${attach}, interfaces: {include: ["*"]}`)

for (const [attach, signal, status] of [
  ['tcx', 'SIGINT', 0],
  ['tcx', 'SIGTERM', 0],
  ['tcx', 'SIGKILL', 'SIGKILL'],
  ['tc', 'SIGINT', 0],
  ['tc', 'SIGTERM', 0],
] as const)
  kernelTest(`${signal} with ${attach} leaves no program, map, link, filter or qdisc`, async () => {
    await using net = await path()
    const before = await hooksOf(net)
    await using agent = await runAgent(net.router, receiver(attach))
    const ids = await heldBy(agent.process.pid)
    expect(kinds(ids, 'prog')).toBe(4 + LISTENERS)
    expect(kinds(ids, 'link')).toBe((attach === 'tcx' ? 4 : 0) + LISTENERS)

    agent.process.signal(signal)
    expect(await agent.process.ended).toBe(status)
    expect(await hooksOf(net)).toBe(before)
    // The kernel frees them when their last reader is through.
    await expect.poll(() => stillThere(ids), { timeout: 30_000 }).toBe('')
  })

kernelTest('with no more rights than it asks for, tc leaves nothing, of a killed one neither', async () => {
  await using net = await path()
  const before = await hooksOf(net)
  const rights = ['setpriv', '--inh-caps=-all', '--bounding-set=-all,+bpf,+net_admin,+perfmon']
  await using killed = await runAgent(net.router, receiver('tc'), ...rights)
  killed.process.signal('SIGKILL')
  await killed.process.ended
  expect(await hooksOf(net)).not.toBe(before)

  await using agent = await runAgent(net.router, receiver('tc'), ...rights)
  agent.process.signal('SIGTERM')
  expect(await agent.process.ended).toBe(0)
  expect(await hooksOf(net)).toBe(before)
})

kernelTest('a qdisc that somebody made anew in place of ours is left alone', async () => {
  await using net = await path()
  const name = net.toClient.interface
  await using agent = await runAgent(net.router, receiver('tc'))
  await net.router.run('tc', 'qdisc', 'del', 'dev', name, 'clsact')
  await net.router.run('tc', 'qdisc', 'add', 'dev', name, 'clsact')
  agent.process.signal('SIGTERM')
  expect(await agent.process.ended).toBe(0)
  expect(await net.router.run('tc', 'qdisc', 'show', 'dev', name)).toContain('clsact')
})

kernelTest('a program that exits without a word leaves no filter', async () => {
  await using net = await path()
  const before = await hooksOf(net)
  const [enter, ...into] = net.router.enter
  await using program = startProgram(enter, [
    ...into,
    process.execPath,
    '--input-type=module-typescript',
    '--eval',
    `import { Datapath } from '${root}src/native/datapath.ts'
     import { readInterfaces } from '${root}src/native/interfaces.ts'
     const datapath = new Datapath({ maxFlows: 16 })
     for (const { index, kind } of readInterfaces()) if (kind === 'veth') datapath.attachClsact(index, 'ethernet')
     process.exit(7)`,
  ])
  expect(await program.ended).toBe(7)
  expect(await hooksOf(net)).toBe(before)
})

kernelTest('a worker that is ended while it drains takes nothing with it', async () => {
  await using program = startProgram(process.execPath, [`${root}test/kernel/ended-workers.ts`])
  expect(await program.ended, program.output()).toBe(0)
  expect(program.output()).toContain('all four are gone')
})

kernelTest(
  'kill -9 with tc leaves filters that pass every packet, and the next start removes them',
  async () => {
    await using net = await path()
    const before = await hooksOf(net)
    for (const next of ['tc', 'tcx']) {
      await using killed = await runAgent(net.router, receiver('tc'))
      killed.process.signal('SIGKILL')
      await killed.process.ended
      expect(await hooksOf(net)).toContain('flow_ingress')
      await pings(net, 1)

      await using agent = await runAgent(net.router, receiver(next))
      expect(agent.process.output()).toContain('removed the filters that a killed netsonde had left')
      agent.process.signal('SIGTERM')
      expect(await agent.process.ended).toBe(0)
      expect(await hooksOf(net)).toBe(before)
    }
  },
)

kernelTest('a second agent by tc leaves the filters of the first alone', async () => {
  await using net = await path()
  await using first = await runAgent(net.router, receiver('tc'))
  const filters = await hooksOf(net)
  const elsewhere = receiver('tc').replace('9464', '19464').replace('13133', '23133')
  await expect(runAgent(net.router, elsewhere)).rejects.toThrow(/another netsonde has this interface/)
  expect(await hooksOf(net)).toBe(filters)
  await pings(net, 1)
  await first.until((samples) => sum(samples, 'netsonde_capture_seen_packets_total') >= 4)
})

for (const how of ['tcx', 'tc'] as const)
  for (const attach of ['tcx', 'tc'])
    kernelTest(`a foreign ${how} program goes on working before, during and after ${attach}`, async () => {
      await using net = await path()
      const name = net.toClient.interface
      await net.router.run('tc', 'qdisc', 'add', 'dev', name, 'clsact')
      await using other = await foreign(net, how)
      const before = await hooksOf(net)
      const start = await other.packets()

      await pings(net, 2)
      expect(await other.packets()).toBe(start + 2)

      {
        await using agent = await runAgent(net.router, receiver(attach))
        await pings(net, 3)
        expect(await other.packets()).toBe(start + 5)
        await agent.until(
          (samples) =>
            sum(samples, 'netsonde_flow_packets_total', { source_address: net.client.ipv4 }) === 3 &&
            sum(samples, 'netsonde_flow_packets_total', { source_address: net.server.ipv4 }) === 3,
        )
        agent.process.signal('SIGKILL')
        await agent.process.ended
        await pings(net, 4)
        expect(await other.packets()).toBe(start + 9)
      }

      await using again = await runAgent(net.router, receiver(attach))
      again.process.signal('SIGTERM')
      expect(await again.process.ended).toBe(0)
      await pings(net, 5)
      expect(await other.packets()).toBe(start + 14)
      expect(await hooksOf(net)).toBe(before)
    })

kernelTest("the verifier does not give up at a profiler's signals", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
  const program = `
    const { Datapath } = await import('${root}src/native/datapath.ts')
    const { TcpSockets } = await import('${root}src/native/tcp.ts')
    using datapath = new Datapath({ maxFlows: 1000 })
    using sockets = new TcpSockets(1000)
    datapath.watchListeners()
    console.log('refused:', JSON.stringify(sockets.features.filter(({ code }) => code !== '')))`
  await using profiled = startProgram(process.execPath, [
    ...['--cpu-prof', '--cpu-prof-interval=100', `--cpu-prof-dir=${folder}`],
    ...['--input-type=module', '--eval', program],
  ])
  await profiled.ended
  expect(profiled.output()).toMatch(/^refused: \[\]$/m)
  await rm(folder, { recursive: true })
})
