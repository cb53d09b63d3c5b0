import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import type { Topic } from '../report.ts'
import type { Outcomes } from './outcomes.ts'

/** A file of test/kernel, without `.test.ts`. */
export interface TestFile {
  readonly file: string
  readonly topic: Topic
}

/** What vitest's JSON says of a file. */
interface Result {
  readonly name: string
  readonly message: string
  readonly assertionResults: readonly {
    readonly fullName: string
    readonly status: string
    readonly failureMessages: readonly string[]
  }[]
}

const REPORT = '/tmp/tests.json'
const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/kernels/guest/vitest.config.ts']
const REPORTERS = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${REPORT}`]

async function vitest(...args: string[]): Promise<readonly Result[]> {
  rmSync(REPORT, { force: true })
  const child = spawn(process.execPath, [...VITEST, ...REPORTERS, ...args], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'], // not a terminal, which it would paint on
  })
  for (const stream of [child.stdout, child.stderr]) stream.pipe(process.stdout)
  await once(child, 'close')
  if (!existsSync(REPORT)) return []
  return (JSON.parse(readFileSync(REPORT, 'utf8')) as { testResults: readonly Result[] }).testResults
}

/** Runs the very tests of the host, and notes each under the topic of its file. A skip is a failure. */
export async function runTests(outcomes: Outcomes, files: readonly TestFile[]): Promise<void> {
  const results = await vitest(...files.map(({ file }) => `test/kernel/${file}.test.ts`))
  for (const { file, topic } of files) {
    const result = results.find(({ name }) => basename(name) === `${file}.test.ts`)
    const tests = result?.assertionResults ?? []
    if (tests.length === 0) outcomes.add({ topic, title: file, error: result?.message || 'no test ran' })
    for (const { fullName: title, status, failureMessages } of tests)
      outcomes.add({
        topic,
        title,
        ...(status !== 'passed' && { error: failureMessages.join('\n') || status }),
      })
  }
}
