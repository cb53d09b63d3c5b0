// Ends `npm test`: counts what passed and failed, and fails if anything did.
// node test/rig/summary.ts REPORT CHECK TESTS: vitest's JSON report, the exit status of `npm run check` and of vitest.
import { existsSync, readFileSync } from 'node:fs'

/** Full names of the tests that may be skipped on CI. */
const allowedSkips: readonly string[] = []

/** What is read of vitest's JSON report. */
export interface Report {
  testResults: {
    name: string
    status: 'passed' | 'failed'
    assertionResults: { fullName: string; status: string }[]
  }[]
}

export interface Outcome {
  /** Exit status of `npm run check`; the whole of it counts as one. */
  check: number
  /** Exit status of vitest. */
  tests: number
  /** Undefined when vitest ended before it wrote one. */
  report: Report | undefined
  /** Names of the tests that may be skipped; undefined: all may. */
  allowedSkips: readonly string[] | undefined
}

export interface Summary {
  passed: number
  failed: number
  skipped: number
  /** What failed besides single tests, in words. */
  problems: string[]
}

export function summarize({ check, tests, report, allowedSkips }: Outcome): Summary {
  const problems: string[] = []
  const files = report?.testResults ?? []
  const results = files.flatMap((file) => file.assertionResults)
  const passed = results.filter((test) => test.status === 'passed').length
  const failed = results.filter((test) => test.status === 'failed').length
  const skipped = results.filter((test) => test.status !== 'passed' && test.status !== 'failed')

  for (const file of files) {
    const hasFailedTest = file.assertionResults.some((test) => test.status === 'failed')
    if (file.status === 'failed' && !hasFailedTest) problems.push(`${file.name}: failed outside of its tests`)
  }
  if (allowedSkips)
    for (const test of skipped)
      if (!allowedSkips.includes(test.fullName)) problems.push(`skipped, on CI as root: ${test.fullName}`)
  if (passed + failed === 0) problems.push('no test ran')
  if (tests !== 0 && failed === 0 && problems.length === 0) problems.push(`vitest: exit status ${tests}`)
  if (check !== 0) problems.push(`npm run check: exit status ${check}`)

  return {
    passed: passed + (check === 0 ? 1 : 0),
    failed: failed + problems.length,
    skipped: skipped.length,
    problems,
  }
}

if (import.meta.main) {
  const [path = '', check, tests] = process.argv.slice(2)
  const { passed, failed, skipped, problems } = summarize({
    check: Number(check),
    tests: Number(tests),
    report: existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined,
    allowedSkips: process.env.CI === 'true' && process.getuid?.() === 0 ? allowedSkips : undefined,
  })
  for (const problem of problems) process.stdout.write(`FAILED ${problem}\n`)
  process.stdout.write(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`)
  process.exitCode = failed === 0 ? 0 : 1
}
