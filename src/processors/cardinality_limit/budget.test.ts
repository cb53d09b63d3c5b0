import { expect, test } from 'vitest'
import type { Attribute } from '../../catalogue/attributes.ts'
import { attributeByName } from '../../catalogue/attributes.ts'
import { metrics } from '../../catalogue/metrics.ts'
import { MetricSeries } from '../../pipeline/metric-series.ts'
import { Budget, RESERVE } from './budget.ts'

const attributes = ['network.transport', 'source.address'].map(
  (name) => attributeByName.get(name) as Attribute,
)

function budgetOf(limit: number) {
  const series = new MetricSeries(metrics[0] as (typeof metrics)[number])
  const budget = new Budget(series, attributes, limit)
  const read = (transport: string, address: string) => {
    const attributes = series.attributes(budget.seriesOf([transport, address], 0))
    return [attributes['network.transport'], attributes['source.address']]
  }
  return { budget, read, series }
}

test.each([
  [1, ['tcp', 'a'], false],
  [2, ['tcp', 'other'], true],
])('the series that is number %i of a limit of 1 reads %s', (number, expected, exceeded) => {
  const { budget, read } = budgetOf(1)
  const found = ['a', 'b'].slice(0, number).map((address) => read('tcp', address))

  expect(found.at(-1)).toEqual(expected)
  expect(budget.exceeded).toBe(exceeded)
})

test.each([
  [RESERVE - 1, ['p98', 'other']],
  [RESERVE, ['other', 'other']],
  [RESERVE + 1, ['other', 'other']],
])('over the limit, the %i. transport reads %s', (number, expected) => {
  const { read, series } = budgetOf(1)
  read('tcp', 'a')
  const found = Array.from({ length: number }, (_, i) => read(`p${i}`, 'b'))

  expect(found.at(-1)).toEqual(expected)
  expect(series.size).toBeLessThanOrEqual(1 + RESERVE)
})

test('what has its series keeps it when the budget is spent', () => {
  const { read } = budgetOf(2)
  for (let i = 0; i < 300; i++) read(`p${i}`, 'a')

  expect(read('p1', 'a')).toEqual(['p1', 'a'])
  expect(read('p50', 'z')).toEqual(['p50', 'other'])
})
