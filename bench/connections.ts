import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import type { Figure, Figures } from './figures.ts'
import { build, ProgRun } from './prog-run.ts'
import { bestOf } from './rounds.ts'

/** Connections a round: more than the caches hold of them, less than a table of the object's own size. */
const MANY = 50_000
const SMALL_TABLE = 1024

/**
 * What a packet costs that is not the next one of the connection before: BPF_PROG_TEST_RUN of the programs behind one
 * that gives each packet other ports (bench/kernel/new_flow.bpf.c), what the changing costs subtracted.
 */
export async function connectionFigures(folder: string): Promise<Figures> {
  using stack = new DisposableStack()
  const programs = ['only_change', 'change_and_count']
  const object = join(build, 'bench/new_flow.bpf.o')
  const roomy = stack.use(new ProgRun(object, programs))
  const full = stack.use(
    new ProgRun(object, programs, {
      flows4_0: SMALL_TABLE,
      flows4_1: SMALL_TABLE,
      connections4: SMALL_TABLE,
    }),
  )
  const run = (subject: ProgRun, program = 'change_and_count') =>
    subject.run(program, MANY, join(folder, 'ipv4'))

  let begin = 0
  const best = await bestOf({
    only_change: () => run(roomy, 'only_change'),
    async new_flow() {
      begin += 2 * MANY // connections that nobody has seen
      await roomy.set('.data.connection', begin)
      await roomy.set('.data.running', 0)
      await roomy.clear('flows4_0')
      const time = await run(roomy)
      assert.equal(await roomy.entries('flows4_0'), MANY, 'each packet makes an entry')
      return time
    },
    async first_packet() {
      await roomy.set('.data.connection', begin)
      await roomy.set('.data.running', 1)
      await roomy.clear('flows4_1')
      const time = await run(roomy)
      assert.equal(await roomy.entries('flows4_1'), MANY, 'each packet makes an entry')
      return time
    },
    async one_of_many() {
      await roomy.set('.data.connection', begin)
      const time = await run(roomy)
      assert.equal(await roomy.entries('flows4_1'), MANY, 'no packet makes an entry')
      return time
    },
    async overflow() {
      const time = await run(full)
      assert.equal(await full.entries('flows4_0'), SMALL_TABLE, 'the table is full')
      return time
    },
  })

  const net = (name: keyof typeof best, about: string): Figure => ({
    value: best[name] - best.only_change,
    unit: 'ns',
    about,
  })
  return {
    kernel_new_flow_ns: net('new_flow', `the first packet of a connection, ${MANY} of them`),
    kernel_first_packet_ns: net('first_packet', 'the first packet of a known connection in a generation'),
    kernel_one_of_many_ns: net('one_of_many', `a packet of each of ${MANY} established connections`),
    kernel_overflow_ns: net('overflow', 'a packet that finds the table full'),
  }
}
