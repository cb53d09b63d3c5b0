import { expect, test } from 'vitest'
import { metrics } from '../../catalogue/metrics.ts'
import { Names } from './collisions.ts'

type Added = Parameters<Names['add']>[0]

const metric = (
  name: string,
  instrument: Added['instrument'] = 'gauge',
  attributes: string[] = [],
  unit = '{x}',
) => ({ name, instrument, unit, attributes, optIn: [] }) as unknown as Added

function add(...added: Added[]): () => void {
  const names = new Names('exporters::prometheus')
  return () => {
    for (const each of added) names.add(each)
  }
}

test('the catalogue has none', () => expect(add(...metrics)).not.toThrow())

test.each<[string, Added[], string]>([
  [
    'two that differ in what Prometheus does not have',
    [metric('a.b'), metric('a_b')],
    'a.b and a_b are both a_b',
  ],
  [
    'a gauge that is called as a counter is',
    [metric('a', 'counter'), metric('a.total')],
    'a and a.total are both a',
  ],
  [
    'a counter and a gauge of one family',
    [metric('a', 'counter'), metric('A'), metric('a')],
    'a and a are both a',
  ],
  [
    'a unit in the name',
    [metric('a', 'gauge', [], 'By'), metric('a.bytes')],
    'a and a.bytes are both a_bytes',
  ],
  [
    'a sample of a histogram',
    [metric('a', 'histogram'), metric('a.count')],
    'a and a.count are both a_count',
  ],
  ['the same the other way round', [metric('a.sum'), metric('a', 'histogram')], 'a.sum and a are both a_sum'],
  ['the target', [metric('target.info')], 'target_info and target.info are both target_info'],
])('%s is refused with both names', (_, added, message) => {
  expect(add(...added)).toThrow(
    expect.objectContaining({
      code: 'NAME_COLLISION',
      message: expect.stringContaining(`exporters::prometheus: the metrics ${message} in Prometheus`),
    }),
  )
})

test.each<[string, Added, string]>([
  ['two attributes', metric('a', 'gauge', ['b.c', 'b_c']), 'b.c and b_c of a are both the label b_c'],
  [
    'le of a histogram',
    metric('a', 'histogram', ['le']),
    'the bound of a bucket and le of a are both the label le',
  ],
])('%s of one label are refused', (_, added, message) =>
  expect(add(added)).toThrow(`the attributes ${message}`),
)

test('names that only look alike are two', () => {
  expect(
    add(
      metric('a', 'counter'),
      metric('a.total.x'),
      metric('ab'),
      metric('a.count'),
      metric('c', 'gauge', ['le']),
    ),
  ).not.toThrow()
})

test('one that was refused has none of its names', () => {
  const names = new Names('here')
  names.add(metric('a.sum'))
  expect(() => names.add(metric('a', 'histogram'))).toThrow()
  names.add(metric('a'))
})
