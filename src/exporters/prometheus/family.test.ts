import { expect, test } from 'vitest'
import type { Metric } from '../../catalogue/metrics.ts'
import { type Family, familyOf, formatBound, targetInfo } from './family.ts'
import { Page } from './page.ts'

const described = {
  name: 'netsonde.x',
  unit: 's',
  description: 'A "word"\nand \\',
  attributes: [],
  optIn: [],
}

function written(
  family: Family,
  attributes: Record<string, string>,
  value: number,
  counts: number[] = [],
): string {
  const page = new Page()
  family.write(page, family.labels(attributes), value, Float64Array.from([9, ...counts]), 1)
  return Buffer.from(page.take()).toString()
}

test.each<[Metric['instrument'], string, string]>([
  [
    'counter',
    '# HELP netsonde_x_seconds_total A "word"\\nand \\\\\n# TYPE netsonde_x_seconds_total counter\n',
    '# HELP netsonde_x_seconds A \\"word\\"\\nand \\\\\n# TYPE netsonde_x_seconds counter\n# UNIT netsonde_x_seconds seconds\n',
  ],
  [
    'updowncounter',
    '# HELP netsonde_x_seconds A "word"\\nand \\\\\n# TYPE netsonde_x_seconds gauge\n',
    '# HELP netsonde_x_seconds A \\"word\\"\\nand \\\\\n# TYPE netsonde_x_seconds gauge\n# UNIT netsonde_x_seconds seconds\n',
  ],
])('a %s is described in both formats', (instrument, text, openmetrics) => {
  expect(familyOf({ ...described, instrument } as Metric, '').head).toEqual({ text, openmetrics })
})

test('without a unit there is no UNIT', () => {
  const { head } = familyOf({ ...described, unit: '{x}', instrument: 'gauge' }, '')
  expect(head.openmetrics).not.toContain('UNIT')
})

test.each<[string, Record<string, string>, number, string]>([
  ['', {}, 1, 'netsonde_x_seconds 1\n'],
  ['', { 'a.b': 'c' }, Number.NaN, 'netsonde_x_seconds{a_b="c"} NaN\n'],
  ['d="e"', {}, Number.POSITIVE_INFINITY, 'netsonde_x_seconds{d="e"} +Inf\n'],
  ['d="e"', { a: 'ü"\\\n' }, -0.5, 'netsonde_x_seconds{a="ü\\"\\\\\\n",d="e"} -0.5\n'],
])('with the constant labels %j, %j is a line', (constant, attributes, value, line) => {
  expect(written(familyOf({ ...described, instrument: 'gauge' }, constant), attributes, value)).toBe(line)
})

test.each<[Record<string, string>, string, string]>([
  [{}, '', ''],
  [{ a: 'b' }, 'a="b",', '{a="b"}'],
])('a histogram of %j has cumulative buckets, their sum and count', (attributes, inBucket, alone) => {
  const family = familyOf({ ...described, instrument: 'histogram', buckets: [0.005, 1] }, '')

  expect(written(family, attributes, 2.5, [3, 0, 2])).toBe(
    `netsonde_x_seconds_bucket{${inBucket}le="0.005"} 3\n` +
      `netsonde_x_seconds_bucket{${inBucket}le="1.0"} 3\n` +
      `netsonde_x_seconds_bucket{${inBucket}le="+Inf"} 5\n` +
      `netsonde_x_seconds_sum${alone} 2.5\nnetsonde_x_seconds_count${alone} 5\n`,
  )
})

test('the target is an info to OpenMetrics, which the older format does not know', () => {
  const sample = 'target_info{service_name="a"} 1\n'
  const resource = { 'service.name': 'a' }

  expect(targetInfo(resource, 'text')).toBe(
    `# HELP target_info Target metadata\n# TYPE target_info gauge\n${sample}`,
  )
  expect(targetInfo(resource, 'openmetrics')).toBe(
    `# HELP target Target metadata\n# TYPE target info\n${sample}`,
  )
})

// From the standard: "Considerations: Canonical Numbers".
test.each([
  [0, '0.0'],
  [0.001, '0.001'],
  [0.1, '0.1'],
  [1, '1.0'],
  [2.5, '2.5'],
  [10, '10.0'],
  [1e-10, '1e-10'],
  [1e-9, '1e-09'],
  [1e-5, '1e-05'],
  [0.0001, '0.0001'],
  [100_000, '100000.0'],
  [1e6, '1e+06'],
  [1e10, '1e+10'],
  [1.5e7, '1.5e+07'],
  [-2, '-2.0'],
  [Number.POSITIVE_INFINITY, '+Inf'],
])('the bound %d is %s', (bound, text) => expect(formatBound(bound)).toBe(text))
