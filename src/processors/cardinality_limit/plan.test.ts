import { expect, test } from 'vitest'
import { batchOf } from '../../../test/rig/batch.ts'
import { Random } from '../../../test/rig/random.ts'
import { type Metric, metricByName } from '../../catalogue/metrics.ts'
import { SeriesStore } from '../../pipeline/series-store.ts'
import { GroupedRows } from './grouped-rows.ts'
import { Plan } from './plan.ts'
import { Translations } from './translation.ts'
import { Values } from './values.ts'

const io = metricByName.get('netsonde.flow.io') as NonNullable<ReturnType<typeof metricByName.get>>
type Kind = 'counter' | 'updowncounter' | 'gauge' | 'histogram'
const { NaN: nothing } = Number

function planOf(instrument: Kind, limit: number) {
  const values = new Values()
  const translations = new Translations(values)
  const metric = { ...io, instrument, buckets: [1, 10] } as Metric & { readonly name: typeof io.name }
  const plan = new Plan(metric, new SeriesStore(), ['source.address', 'network.transport'], limit, values)
  /** Rows of an interval: address and value. */
  const put = (endMs: number, ...rows: [address: string, value: number][]) => putFrom('one', endMs, ...rows)
  const putFrom = (origin: string, endMs: number, ...rows: [address: string, value: number][]) => {
    translations.begin()
    const batch = batchOf({
      startMs: endMs - 10,
      endMs,
      columns: { 'source.address': rows.map(([address]) => address) },
      values: { [io.name]: rows.map(([, value]) => value) },
    }).withOrigin(origin)
    const grouped = new GroupedRows(batch, plan.attributes, translations)
    plan.record(grouped, batch.values.get(io.name) as Float64Array, endMs)
  }
  const read = () =>
    Object.fromEntries(
      Array.from(plan.series, ({ attributes, value, counts }) => [
        attributes['source.address'],
        counts ?? value,
      ]),
    )
  return { put, putFrom, read, plan }
}

test.each<[Kind, unknown]>([
  ['counter', { a: 1 + 4 + 16 + 32, b: 2 + 64 }],
  ['gauge', { a: 32, b: 64 }],
  ['updowncounter', { a: 32, b: 64 }], // of the newest interval, all its rows
  ['histogram', { a: [1, 1, 2], b: [0, 1, 1] }],
])('what a %s makes of the rows of two intervals', (instrument, expected) => {
  const { put, read } = planOf(instrument, 10)
  put(10, ['a', 1], ['b', 2], ['a', 4], ['a', nothing], ['a', 16])
  put(20, ['a', 32], ['b', 64])

  expect(read()).toEqual(expected)
})

test('of an up-down counter the rows of an interval are added up, also over batches, and who has none is 0', () => {
  const { put, read } = planOf('updowncounter', 10)
  put(10, ['a', 1], ['b', 2])
  put(20, ['a', 5])
  put(20, ['a', 6])

  expect(read()).toEqual({ a: 11, b: 0 })
})

test('of an up-down counter each receiver has a part, which its own next interval alone replaces', () => {
  const { putFrom, read, plan } = planOf('updowncounter', 10)
  putFrom('one', 100, ['a', 1], ['b', 2])
  putFrom('two', 103, ['a', 10], ['c', 20])
  expect(read()).toEqual({ a: 11, b: 2, c: 20 })

  putFrom('one', 200, ['a', 3])
  expect(read()).toEqual({ a: 13, b: 0, c: 20 })

  putFrom('two', 203, ['c', 4])
  expect(read()).toEqual({ a: 3, b: 0, c: 4 })

  plan.budget.expire(203, 204)
  plan.series.release(Number.POSITIVE_INFINITY, 0)
  putFrom('two', 303, ['d', 5])
  expect(read()).toEqual({ d: 5 }) // what was in the slot before is nobody's any more
})

test('of an up-down counter an interval of an earlier time replaces the one before, too', () => {
  const { put, read } = planOf('updowncounter', 10)
  put(100, ['a', 1], ['b', 2])
  put(50, ['a', 3])

  expect(read()).toEqual({ a: 3, b: 0 })
})

test.each<[Kind, unknown]>([
  ['gauge', { a: 1, other: 3 }],
  ['updowncounter', { c: 3, other: 3 }],
  ['histogram', { a: [1, 0, 0], other: [0, 2, 0] }], // as heavy as its observations are many
])('over the limit %s has the rest in others', (instrument, expected) => {
  const { put, read } = planOf(instrument, 1)
  put(10, ['a', 1], ['b', 2], ['c', 3])

  expect(read()).toEqual(expected)
})

test('of histograms no observation is lost, and each is in its bucket, whatever the limit', () => {
  const random = new Random(3)
  const { put, plan } = planOf('histogram', 5)
  const expected = [0, 0, 0]
  let sum = 0
  for (let interval = 1; interval <= 60; interval++) {
    const rows = Array.from({ length: random.below(50) }, (): [string, number] => [
      `${random.below(30)}`,
      random.below(20) / 2,
    ])
    for (const [, value] of rows) {
      const bucket = value <= 1 ? 0 : value <= 10 ? 1 : 2
      expected[bucket] = (expected[bucket] as number) + 1
      sum += value
    }
    put(interval * 10_000, ...rows)
  }

  const series = [...plan.series]
  expect(series.reduce((all, { value }) => all + value, 0)).toBe(sum)
  const counts = [0, 1, 2].map((bucket) =>
    series.reduce((all, each) => all + (each.counts?.[bucket] ?? 0), 0),
  )
  expect(counts).toEqual(expected)
})
