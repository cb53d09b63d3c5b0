import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

test.each([
  ['5s', 5000],
  ['250ms', 250],
  ['1m30s', 90_000],
  ['0.5h', 1_800_000],
  ['10us', 0.01],
  ['10µs', 0.01],
  ['1ns', 0.000001],
  ['0s', 0],
])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBeCloseTo(ms, 9))

test.each(['5', '', 's', '-5s', '5 s', '5S', '5d', '1s2', '1e3s', `${'9'.repeat(400)}h`])(
  '%j is not a duration',
  (text) => expect(parseDuration(text)).toBeUndefined(),
)

test.each([
  [0, '0s'],
  [5000, '5s'],
  [90_000, '90s'],
  [60_000, '1m'],
  [7_200_000, '2h'],
  [1.5, '1500us'],
  [0.000001, '1ns'],
])('%d ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
