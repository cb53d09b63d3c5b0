import { expect, test } from 'vitest'
import { observe } from '../../test/rig/observe.ts'
import { Random } from '../../test/rig/random.ts'
import { type Metric, metricByName } from '../catalogue/metrics.ts'
import { Sources } from '../otlp/sources.ts'
import { MergedMetric } from './merged-metric.ts'
import { MetricSeries } from './metric-series.ts'
import { SeriesStore } from './series-store.ts'

const metric = (instrument: Metric['instrument']) =>
  ({
    name: 'm',
    unit: '1',
    description: '',
    attributes: [],
    optIn: [],
    instrument,
    buckets: [1, 2],
  }) as Metric

function two(instrument: Metric['instrument']) {
  const parts = [new MetricSeries(metric(instrument)), new MetricSeries(metric(instrument))] as const
  const merged = new MergedMetric(parts)
  const seen = () => {
    merged.refresh()
    return [...merged.series].map(({ value, counts }) => counts ?? value)
  }
  return { parts, merged, seen }
}

test('a series that is in both is one, whatever the order of its attributes', () => {
  const { parts, merged, seen } = two('counter')
  parts[0].add(parts[0].create({ a: 1, b: 2 }, 2000), 10, 3000)
  parts[1].add(parts[1].create({ b: 2, a: 1 }, 1000), 5, 4000)
  parts[1].add(parts[1].create({ b: 2 }, 1000), 1, 4000)

  expect(seen()).toEqual([15, 1])
  expect(seen()).toEqual([15, 1])
  expect(merged.series.at(0)).toMatchObject({ startMs: 1000, updatedMs: 4000 })
})

test.each([
  ['gauge', 5],
  ['updowncounter', 15],
] as const)('of a %s the whole is %d', (instrument, whole) => {
  const { parts, seen } = two(instrument)
  parts[0].set(parts[0].create({}, 0), 10, 1000)
  parts[1].set(parts[1].create({}, 0), 5, 2000)

  expect(seen()).toEqual([whole])
})

test('histograms are added up by bucket', () => {
  const { parts, seen } = two('histogram')
  for (const [i, part] of parts.entries()) {
    const slot = part.create({}, 0)
    observe(part, slot, [1, 2 + i], 0)
  }
  expect(seen()).toEqual([[2, 1, 1]])
})

test('a counter never falls, and a level does: where a part ends', () => {
  for (const [instrument, after] of [
    ['counter', 15],
    ['updowncounter', 5],
  ] as const) {
    const { parts, seen } = two(instrument)
    const gone = parts[0].create({}, 0)
    parts[0].add(gone, 10, 0)
    parts[1].add(parts[1].create({}, 0), 5, 0)
    seen()
    parts[0].finish(gone, 0)
    parts[0].release(Infinity, 0)
    expect(seen()).toEqual([after])
  }
})

test('a series that ended in all parts is no more; one that returns begins at nothing', () => {
  const { parts, seen } = two('counter')
  const slot = parts[0].create({}, 0)
  parts[0].add(slot, 10, 0)
  seen()
  parts[0].finish(slot, 0)
  parts[0].release(Infinity, 0)
  expect(seen()).toEqual([])
  parts[0].add(parts[0].create({}, 0), 3, 0)
  expect(seen()).toEqual([3])
})

test('random traffic in two parts: no sum falls, and each is what was counted', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new Random(seed)
    const { parts, merged } = two('counter')
    const live: [part: MetricSeries, slot: number][] = []
    let [counted, before] = [0, 0]
    const key = { a: 'always' }
    live.push([parts[0], parts[0].create(key, 0)])
    for (let step = 0; step < 40; step++) {
      if (live.length < 2) {
        const part = live[0]?.[0] === parts[0] ? parts[1] : parts[0]
        live.push([part, part.create({ ...key }, step)])
      }
      for (const [part, slot] of live) {
        const more = random.below(5)
        counted += more
        part.add(slot, more, step)
      }
      merged.refresh()
      const { value } = merged.series.at(0)
      expect([value, value >= before]).toEqual([counted, true])
      before = value
      if (random.below(3) > 0) continue
      const [ended] = live.splice(random.below(2), 1) as [[MetricSeries, number]]
      ended[0].finish(ended[1], 0)
      ended[0].release(Infinity, 0)
    }
  }
})

test('the stores of one exporter: metrics that are in one of them go as they are, others merged', () => {
  const named = (name: string) => metricByName.get(name) as NonNullable<ReturnType<typeof metricByName.get>>
  const stores = [new SeriesStore(), new SeriesStore()] as const
  const both = stores.map((store) => store.of(named('netsonde.flow.io')))
  const alone = stores[0].of(named('netsonde.flow.packets'))
  for (const series of [...both, alone]) series.add(series.create({}, 0), 1, 0)
  const sources = new Sources('cumulative')
  for (const store of stores) sources.add(store)

  const [merged, own] = sources.read().sources
  expect([merged?.series.at(0).value, own?.series]).toEqual([2, alone])
  expect(sources.read().sources[0]?.series).toBe(merged?.series)
})

test('what ended is kept until it was acknowledged, and not sent again', () => {
  const store = new SeriesStore()
  const series = store.of(metricByName.get('netsonde.flow.io') as never)
  const slot = series.create({}, 0)
  const sources = new Sources('cumulative')
  sources.add(store)
  series.finish(slot, 0)
  store.release(0, 1000)
  const { sources: read, acknowledge } = sources.read()
  expect(read.map(({ isDone }) => isDone(series.endedAt(slot)))).toEqual([false])

  acknowledge()
  expect(read.map(({ isDone }) => isDone(series.endedAt(slot)))).toEqual([true])
  store.release(0, 1000)
  expect(series.size).toBe(0)
})
