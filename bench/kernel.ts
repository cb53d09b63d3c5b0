import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Figures } from './figures.ts'
import { median } from './figures.ts'
import { packets } from './packets.ts'

const build = fileURLToPath(new URL('../build/', import.meta.url))
const REPEAT = 500_000
const ROUNDS = 9

/** name: object, program, packet */
const subjects = {
  empty: ['bench/empty.bpf.o', 'empty', 'ipv4'],
  floor: ['bench/floor.bpf.o', 'floor_ipv4', 'ipv4'],
  v4_ingress: ['flow.bpf.o', 'flow_ingress', 'ipv4'],
  v4_egress: ['flow.bpf.o', 'flow_egress', 'ipv4'],
  v6_ingress: ['flow.bpf.o', 'flow_ingress', 'ipv6'],
  v6_egress: ['flow.bpf.o', 'flow_egress', 'ipv6'],
} as const satisfies Record<string, readonly [string, string, keyof typeof packets]>

class Runner implements Disposable {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: Interface

  constructor(object: string, program: string, packetPath: string) {
    this.child = spawn(join(build, 'bench/prog_run'), [
      join(build, object),
      program,
      String(REPEAT),
      packetPath,
    ])
    this.child.stderr.pipe(process.stderr)
    this.lines = createInterface(this.child.stdout)
  }

  /** Nanoseconds a run. */
  async run(): Promise<number> {
    this.child.stdin.write('\n')
    const ended = once(this.child, 'exit').then(([code]) => {
      throw new Error(`prog_run ended with status ${code}`)
    })
    const [line] = (await Promise.race([once(this.lines, 'line'), ended])) as [string]
    ended.catch(() => {})
    return Number(line)
  }

  [Symbol.dispose](): void {
    this.child.stdin.end()
  }
}

/**
 * What the programs cost for a packet of an established connection, by BPF_PROG_TEST_RUN. The programs take turns, so
 * that what else the machine does falls on all of them alike; medians of 9 turns.
 */
export async function kernelFigures(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'netsonde-bench-'))
  using stack = new DisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true }))
  for (const [name, bytes] of Object.entries(packets)) writeFileSync(join(folder, name), bytes)
  const runners = Object.entries(subjects).map(([name, [object, program, packet]]) => ({
    name: name as keyof typeof subjects,
    runner: stack.use(new Runner(object, program, join(folder, packet))),
    times: [] as number[],
  }))
  for (let round = -1; round < ROUNDS; round++)
    for (const { runner, times } of runners) {
      const time = await runner.run()
      if (round >= 0) times.push(time) // the first only warms up
    }

  const ns = Object.fromEntries(runners.map(({ name, times }) => [name, median(times)])) as Record<
    keyof typeof subjects,
    number
  >
  const net = (name: keyof typeof subjects) => ns[name] - ns.empty
  const v4 = (net('v4_ingress') + net('v4_egress')) / 2
  const v6 = (net('v6_ingress') + net('v6_egress')) / 2
  return {
    kernel_empty_ns: { value: ns.empty, unit: 'ns', about: 'a call of an empty program' },
    kernel_floor_ns: {
      value: net('floor'),
      unit: 'ns',
      about: 'floor: IPv4, ports, one look-up; net of the empty program',
    },
    kernel_v4_ns: { value: v4, unit: 'ns', about: 'a packet of an established IPv4 connection; net' },
    kernel_v6_ns: { value: v6, unit: 'ns', about: 'the same of IPv6; net' },
    kernel_v4_vs_empty: {
      value: (v4 + ns.empty) / ns.empty,
      unit: 'x',
      about: 'IPv4, gross, against an empty program',
    },
    kernel_v6_vs_empty: {
      value: (v6 + ns.empty) / ns.empty,
      unit: 'x',
      about: 'IPv6, gross, against an empty program',
    },
    kernel_v4_vs_floor: {
      value: v4 / net('floor'),
      unit: 'x',
      about: 'IPv4 against the floor; net',
      reach: 2.5,
    },
    kernel_v6_vs_floor: {
      value: v6 / net('floor'),
      unit: 'x',
      about: 'IPv6 against the IPv4 floor; net',
      reach: 3,
    },
  }
}
