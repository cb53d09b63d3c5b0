import { expect, test } from 'vitest'
import { jsonOf, lineOf } from './figures.ts'

test.each([
  [
    { value: 1.5, unit: 'x', about: 'a', reach: 1.5 },
    'n                              1.50 x   a   reach 1.5\n',
  ],
  [
    { value: 1.51, unit: 'x', about: 'a', reach: 1.5 },
    'n                              1.51 x   a   reach 1.5  MISSED\n',
  ],
  [{ value: null, unit: 'ns', about: 'no network' }, 'n                              none ns  no network\n'],
] as const)('%j is a line of the table', (figure, line) => expect(lineOf('n', figure)).toBe(line))

test('what was not measured is null, and 0 is a number', () => {
  expect(
    jsonOf({
      lacking: { value: null, unit: 'x', about: 'no network' },
      nothing: { value: 0, unit: 'B', about: '' },
      third: { value: 1 / 3, unit: 'ns', about: '' },
    }),
  ).toBe('{"lacking":null,"nothing":0,"third":0.333}')
})
