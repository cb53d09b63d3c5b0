import { describe, expect, test } from 'vitest'
import { type Outcome, type Report, summarize } from './summary.ts'

type File = Report['testResults'][number]

const file = (status: File['status'], ...tests: string[]): File => ({
  name: 'some.test.ts',
  status,
  assertionResults: tests.map((status, index) => ({ fullName: `test ${index}`, status })),
})
const outcome = (changed: Partial<Outcome>, ...testResults: File[]): Outcome => ({
  check: 0,
  tests: 0,
  report: { testResults },
  allowedSkips: undefined,
  ...changed,
})

describe('the last line of npm test', () => {
  test.each<[string, Outcome, [passed: number, failed: number, skipped: number]]>([
    ['adds the check to the tests', outcome({}, file('passed', 'passed', 'passed')), [3, 0, 0]],
    ['counts a failed check', outcome({ check: 1 }, file('passed', 'passed')), [1, 1, 0]],
    [
      'counts each failed test',
      outcome({ tests: 1 }, file('failed', 'passed', 'failed', 'failed')),
      [2, 2, 0],
    ],
    [
      'counts a file that does not load',
      outcome({ tests: 1 }, file('failed'), file('passed', 'passed')),
      [2, 1, 0],
    ],
    ['counts a hook that failed', outcome({ tests: 1 }, file('failed', 'skipped', 'passed')), [2, 1, 1]],
    ['counts an error outside of all files', outcome({ tests: 1 }, file('passed', 'passed')), [2, 1, 0]],
    [
      'counts that error beside a failed check',
      outcome({ check: 1, tests: 1 }, file('passed', 'passed')),
      [1, 2, 0],
    ],
    ['fails without a test', outcome({}), [1, 1, 0]],
    ['fails where all were skipped', outcome({}, file('passed', 'skipped', 'todo')), [1, 1, 2]],
    ['fails without a report', outcome({ tests: 139, report: undefined }), [1, 1, 0]],
    ['lets a test be skipped', outcome({}, file('passed', 'passed', 'skipped')), [2, 0, 1]],
    ['fails on a skip on CI', outcome({ allowedSkips: [] }, file('passed', 'passed', 'skipped')), [2, 1, 1]],
    [
      'allows a named skip on CI',
      outcome({ allowedSkips: ['test 1'] }, file('passed', 'passed', 'skipped')),
      [2, 0, 1],
    ],
  ])('%s', (_, given, expected) => {
    const { passed, failed, skipped } = summarize(given)
    expect([passed, failed, skipped]).toEqual(expected)
  })

  test('says what failed besides single tests', () => {
    const { problems } = summarize(
      outcome({ check: 2, tests: 1, allowedSkips: [] }, file('failed', 'skipped')),
    )
    expect(problems).toEqual([
      'some.test.ts: failed outside of its tests',
      'skipped, on CI as root: test 0',
      'no test ran',
      'npm run check: exit status 2',
    ])
  })
})
