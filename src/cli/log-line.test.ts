import { expect, test } from 'vitest'
import { consoleLine, jsonLine } from './log-line.ts'

const record = {
  timeMs: 1_767_323_045_006,
  level: 'warn',
  component: 'receivers::ebpf',
  message: 'x',
  fields: {},
} as const
const circle: Record<string, unknown> = {}
circle.self = circle

test('a record is one line of JSON', () => {
  expect(jsonLine(record)).toBe(
    '{"ts":"2026-01-02T03:04:05.006Z","level":"warn","component":"receivers::ebpf","msg":"x"}',
  )
})

test.each([
  [
    { n: 1, s: 'a b' },
    { n: 1, s: 'a b' },
  ],
  [{ error: new Error('no') }, { error: 'no' }],
  [{ big: 5n }, { big: 5 }],
  [{ list: [new Error('no')] }, { list: ['no'] }],
  [{ text: 'two\nlines' }, { text: 'two\nlines' }],
])('fields %#', (fields, expected) => {
  const line = jsonLine({ ...record, fields })
  expect(line).not.toContain('\n')
  expect(JSON.parse(line).fields).toEqual(expected)
})

test('a trace is shown where it is wanted', () => {
  const failed = { ...record, fields: { error: new Error('no') } }
  expect(jsonLine(failed)).not.toMatch(/\bat /)
  expect(jsonLine(failed, true)).toMatch(/Error: no\\n +at /)
})

test('a circle ends', () => expect(jsonLine({ ...record, fields: circle })).toContain('"..."'))

test.each([
  [{}, '03:04:05 warn  receivers::ebpf  x'],
  [{ a: 1, b: 'eth0', c: 'a b', d: null }, '03:04:05 warn  receivers::ebpf  x  a=1  b=eth0  c="a b"  d=null'],
  [{ error: new Error('no\u001b[31m') }, '03:04:05 warn  receivers::ebpf  x  error="no\\u001b[31m"'],
])('for people: %j', (fields, line) => expect(consoleLine({ ...record, fields })).toBe(line))

test('control characters of a message stay off the terminal', () =>
  expect(consoleLine({ ...record, message: 'a\u001b]0;b\u0007c' })).not.toMatch(/\p{Cc}/u))
