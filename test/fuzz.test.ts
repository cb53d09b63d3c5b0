import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))

async function run(command: string, ...args: string[]): Promise<[status: number | null, said: string]> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
  const said = text(child.stderr)
  const status = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  )
  return [status, await said]
}

beforeAll(async () => {
  expect(await run('make', '-s', 'fuzz')).toEqual([0, ''])
}, 180_000)

/** A short run: what was found once stays found, and a little beyond. Longer ones: fuzz/README.md. */
test.each(['parse', 'capture', 'netlink'])(
  '%s: no input of the corpus, and none made of it, is a finding',
  { timeout: 60_000 },
  async (name) => {
    const folder = await mkdtemp(join(tmpdir(), 'netsonde-fuzz-'))
    try {
      const [status, said] = await run(
        `build/fuzz/${name}`,
        ...['-max_total_time=4', '-max_len=4096', '-print_final_stats=1', `-artifact_prefix=${folder}/`],
        ...[folder, `fuzz/corpus/${name}`],
      )
      expect([status, status === 0 ? '' : said]).toEqual([0, ''])
      expect(Number(/number_of_executed_units: (\d+)/.exec(said)?.[1])).toBeGreaterThan(1000)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)
