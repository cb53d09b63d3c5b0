import { expect, test } from 'vitest'
import { type MetricName, metricByName } from '../catalogue/metrics.ts'
import { SeriesMerger } from './merge-series.ts'
import type { MetricSeries } from './metric-series.ts'
import type { AttributeValue } from './point-batch.ts'
import { SeriesStore } from './series-store.ts'

type Row = [attributes: Record<string, AttributeValue>, value: number, startMs?: number, endMs?: number]

function storeWith(name: MetricName, ...rows: Row[]): SeriesStore {
  const store = new SeriesStore()
  const series = store.of(metricByName.get(name) as NonNullable<ReturnType<typeof metricByName.get>>)
  for (const [attributes, value, startMs = 0, endMs = 1] of rows)
    series.set(series.create({ ...attributes }, startMs), value, endMs)
  return store
}

const read = (...stores: SeriesStore[]) =>
  new SeriesMerger()
    .merge(stores)
    .map((series) => [
      series.metric.name,
      ...Array.from(series, ({ attributes, value, startMs }) => [attributes, value, startMs]),
    ])

const tcp = { 'network.transport': 'tcp', 'network.type': 'ipv4' }
const swapped = { 'network.type': 'ipv4', 'network.transport': 'tcp' }
const udp = { 'network.transport': 'udp', 'network.type': 'ipv4' }

test.each<[string, SeriesStore[], unknown[]]>([
  ['no store: nothing', [], []],
  ['a metric without series is left out', [storeWith('netsonde.flow.io')], []],
  [
    'one store: its series',
    [storeWith('netsonde.flow.io', [tcp, 1, 5], [udp, 2, 6])],
    [['netsonde.flow.io', [tcp, 1, 5], [udp, 2, 6]]],
  ],
  [
    'different metrics of two stores',
    [storeWith('netsonde.flow.io', [tcp, 1]), storeWith('netsonde.flow.count', [tcp, 2])],
    [
      ['netsonde.flow.io', [tcp, 1, 0]],
      ['netsonde.flow.count', [tcp, 2, 0]],
    ],
  ],
  [
    'the same series of a counter is added up, from its first start, in whatever order its attributes are',
    [storeWith('netsonde.flow.io', [tcp, 1, 5]), storeWith('netsonde.flow.io', [swapped, 10, 3], [udp, 2])],
    [['netsonde.flow.io', [tcp, 11, 3], [udp, 2, 0]]],
  ],
  [
    'of a gauge the newest value stays, whichever store has it',
    [
      storeWith('netsonde.capture.coverage', [{}, 0.5, 0, 9]),
      storeWith('netsonde.capture.coverage', [{}, 0.25, 0, 8]),
    ],
    [['netsonde.capture.coverage', [{}, 0.5, 0]]],
  ],
])('%s', (_, stores, expected) => expect(read(...stores)).toEqual(expected))

test('what is merged changes no store', () => {
  const stores = [storeWith('netsonde.flow.io', [tcp, 1]), storeWith('netsonde.flow.io', [tcp, 2])]

  expect(read(...stores)).toEqual(read(...stores))
})

const seriesOf = (store: SeriesStore) => [...store][0] as MetricSeries
const valuesOf = (merger: SeriesMerger, ...stores: SeriesStore[]) =>
  merger.merge(stores).flatMap((series) => [...series].map(({ attributes, value }) => [attributes, value]))

test('a sum does not fall where a series goes from one store and is in another', () => {
  const merger = new SeriesMerger()
  const [one, two] = [storeWith('netsonde.flow.io', [tcp, 5]), storeWith('netsonde.flow.io', [tcp, 7])]
  expect(valuesOf(merger, one, two)).toEqual([[tcp, 12]])

  seriesOf(one).finish(0, 0)
  one.release(0, 0)
  expect(valuesOf(merger, one, two)).toEqual([[tcp, 12]])
  seriesOf(two).add(0, 1, 2)
  expect(valuesOf(merger, one, two)).toEqual([[tcp, 13]])
})

test('a store that comes later is added; the series that no store has any more goes', () => {
  const merger = new SeriesMerger()
  const stores = [storeWith('netsonde.flow.io', [tcp, 5]), storeWith('netsonde.flow.io', [tcp, 7])]
  valuesOf(merger, ...stores)
  stores.push(storeWith('netsonde.flow.io', [tcp, 3]))
  expect(valuesOf(merger, ...stores)).toEqual([[tcp, 15]])

  for (const store of stores) {
    seriesOf(store).finish(0, 0)
    store.release(0, 0)
  }
  expect(valuesOf(merger, ...stores)).toEqual([])
})
