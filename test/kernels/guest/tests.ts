import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import type { Topic } from '../report.ts'
import type { Outcomes } from './outcomes.ts'

/** Of test/kernel. */
export interface TestFile {
  /** Without `.test.ts`. */
  readonly file: string
  readonly topic: Topic
  /** Run in the short form, too. */
  readonly isShort?: boolean
}

export const tcpTests: readonly TestFile[] = [
  { file: 'tcp-truth', topic: 'tcp_cases', isShort: true },
  { file: 'tcp-health', topic: 'tcp_health' },
  { file: 'tcp-refused', topic: 'tcp_programs' },
]

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

/** Runs the very tests of the host, and notes each under the topic of its file. */
export async function runTests(outcomes: Outcomes, files: readonly TestFile[]): Promise<void> {
  rmSync(REPORT, { force: true })
  const paths = files.map(({ file }) => `test/kernel/${file}.test.ts`)
  const vitest = spawn(process.execPath, [...VITEST, ...REPORTERS, ...paths], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'], // not a terminal, which it would paint on
  })
  for (const stream of [vitest.stdout, vitest.stderr]) stream.pipe(process.stdout)
  await once(vitest, 'close')

  const { testResults } = JSON.parse(readFileSync(REPORT, 'utf8')) as { testResults: readonly Result[] }
  for (const { file, topic } of files) {
    const result = testResults.find(({ name }) => basename(name) === `${file}.test.ts`)
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
