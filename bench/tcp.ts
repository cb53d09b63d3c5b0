import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { TcpSockets } from '../src/native/tcp.ts'
import { runAgent } from '../test/kernel/agent.ts'
import { path } from '../test/kernel/network.ts'
import { startProgram } from '../test/rig/program.ts'
import type { Figures } from './figures.ts'
import { build } from './prog-run.ts'
import { cpuNsOf, runsOf, timePrograms } from './program-stats.ts'

const ROUNDS = 5
const WARMING = 2
const LOAD_PORT = 19_999
/** Two of the agent's intervals. */
const SECONDS = 10

const events = {
  'tcp.set_state': 'a change of state: beginning, handshake, end',
  'tcp.destroy_sock': 'the last account of a connection',
  'tcp.probe': 'a segment that an established connection receives',
  'tcp.live': 'a look at a connection that lives',
} as const

/** @param values an odd number of them */
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number

/** The programs in a folder of their own, with an empty one in the place of one that hardly ever runs. */
function programsWithEmpty(): { folder: string } & Disposable {
  const folder = `${mkdtempSync(join(tmpdir(), 'netsonde-bench-'))}/`
  for (const file of readdirSync(build))
    if (/^tcp_.*\.bpf\.o$/.test(file)) copyFileSync(join(build, file), folder + file)
  copyFileSync(join(build, 'bench/empty_tracepoint.bpf.o'), `${folder}tcp_reset_received.bpf.o`)
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

/** Nanoseconds a run, of connections with a byte there and back; the empty program's too. */
async function eventRound(): Promise<Map<string, number>> {
  using programs = programsWithEmpty()
  using sockets = new TcpSockets(131_072, programs.folder)
  const load = ['127.77.0.1', '8', String(LOAD_PORT), '2000', '2']
  await using connections = startProgram(join(build, 'test/tcp_load'), load, { interactive: true })
  await connections.line(/^ready$/)
  const before = await runsOf('self')
  let over = false
  const made = connections.ask().finally(() => {
    over = true
  })
  while (!over) {
    await setTimeout(20)
    await sockets.drain()
  }
  await made
  const after = await runsOf('self')
  return new Map(
    sockets.features.flatMap(({ name, program }) => {
      const [then, now] = [before.get(program), after.get(program)]
      const count = (now?.count ?? 0) - (then?.count ?? 0)
      return now && then && count > 0 ? [[name, (now.ns - then.ns) / count] as const] : []
    }),
  )
}

/**
 * Percent of a core while clients in one namespace make 1,000 connections a second to a server in another, of an agent
 * that has done so for a while: what it compiles as it starts is another figure.
 */
async function flowsRounds(emptyNs: number): Promise<{ process: number; all: number }[]> {
  await using net = await path()
  const [enterServer, ...intoServer] = net.server.namespace.enter
  const loader = join(build, 'test/tcp_load')
  await using server = startProgram(enterServer, [...intoServer, loader, 'serve', String(LOAD_PORT)])
  await server.line(/^ready$/)
  const yaml = `
receivers: {ebpf: {}}
exporters: {prometheus: {endpoint: "127.0.0.1:9464"}}
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}}
`
  await using agent = await runAgent(net.router, yaml)
  const { pid } = agent.process
  const totals = async () => {
    let ns = 0
    for (const runs of (await runsOf(pid)).values()) ns += runs.ns - runs.count * emptyNs
    return { at: performance.now(), cpu: await cpuNsOf(pid), bpf: ns }
  }
  async function round(): Promise<{ process: number; all: number }> {
    const [enter, ...into] = net.client.namespace.enter
    const load = [net.server.ipv4, '1', String(LOAD_PORT), '1000', String(SECONDS)]
    await using client = startProgram(enter, [...into, loader, ...load], { interactive: true })
    await client.line(/^ready$/)
    const before = await totals()
    await client.ask()
    const after = await totals()
    const percent = (ns: number) => (ns / ((after.at - before.at) * 1e6)) * 100
    return {
      process: percent(after.cpu - before.cpu),
      all: percent(after.cpu - before.cpu + Math.max(0, after.bpf - before.bpf)),
    }
  }
  for (let i = 0; i < WARMING; i++) await round()
  const rounds = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round())
  return rounds
}

/** What looking at TCP's sockets costs, timed by the kernel (bpf_stats), and what the whole agent does. */
export async function tcpFigures(): Promise<Figures> {
  await using _timed = await timePrograms()
  const rounds: Map<string, number>[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await eventRound())
  const of = (name: string) => median(rounds.map((round) => round.get(name) ?? Number.NaN))
  const emptyNs = of('tcp.receive_reset')
  const figures: Record<string, Figures[string]> = {}
  for (const [name, about] of Object.entries(events))
    figures[`tcp_event_ns_${name.slice(4)}`] = {
      value: of(name) - emptyNs,
      unit: 'ns',
      about: `${about}; net of an empty program`,
    }

  const tracepoints = (['tcp.set_state', 'tcp.destroy_sock', 'tcp.probe'] as const).map(of)
  figures.tcp_event_ns = {
    value: Math.max(...tracepoints) - emptyNs,
    unit: 'ns',
    about: 'the dearest of the tracepoints',
  }

  const percents = await flowsRounds(emptyNs)
  figures.cpu_percent_at_1k_flows = {
    value: median(percents.map(({ all }) => all)),
    unit: '%',
    about: 'of a core, process and programs net of an empty one, 1,000 new connections a second',
    reach: 2,
  }
  figures.process_percent_at_1k_flows = {
    value: median(percents.map(({ process }) => process)),
    unit: '%',
    about: 'the process of it',
    reach: 1,
  }
  return figures
}
