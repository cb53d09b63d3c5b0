import { expect, test } from 'vitest'
import { decodeExport } from '../../test/rig/otlp-decode.ts'
import { metricByName } from '../catalogue/metrics.ts'
import { SeriesStore } from '../pipeline/series-store.ts'
import { MetricsEncoder } from './metrics-encoder.ts'
import type { Temporality } from './point-image.ts'
import { Sources } from './sources.ts'

const io = metricByName.get('netsonde.flow.io') as NonNullable<ReturnType<typeof metricByName.get>>

/** The values of an export of all that there is, which arrives. */
function sending(temporality: Temporality) {
  const sources = new Sources(temporality)
  const encoder = new MetricsEncoder({}, temporality)
  function sent(): number[] {
    const found: number[] = []
    const { sources: read, acknowledge } = sources.read()
    for (const request of encoder.requests(read, 1_700_000_000_000, 1000)) {
      const { metrics } = decodeExport(Buffer.from(request.bytes))
      found.push(...metrics.flatMap(({ points }) => points.map(({ value }) => value)))
      request.acknowledge()
    }
    acknowledge()
    return found
  }
  return { sources, sent }
}

test.each([
  ['cumulative', [[10], [21], [33], [33]]],
  ['delta', [[10], [11], [12], []]],
] as const)('%s: a pipeline that joins later with the same series', (temporality, expected) => {
  const { sources, sent } = sending(temporality)
  const found: number[][] = []
  for (const value of [10, 11, 12]) {
    const store = new SeriesStore()
    const series = store.of(io)
    series.add(series.create({ a: 'same' }, 0), value, 0)
    sources.add(store)
    found.push(sent())
  }
  found.push(sent())

  expect(found).toEqual(expected)
})

test.each(['cumulative', 'delta'] as const)(
  '%s: what ended stays until it has arrived, and goes then',
  (temporality) => {
    const { sources, sent } = sending(temporality)
    const store = new SeriesStore()
    const series = store.of(io)
    const slot = series.create({}, 0)
    series.add(slot, 10, 0)
    sources.add(store)
    series.finish(slot, 0)
    store.release(0, 1000)

    expect(sent()).toEqual([10])
    store.release(0, 1000)
    expect([series.size, sent()]).toEqual([0, []])
  },
)

test('a store of which an exporter has read nothing waits for it no longer once that is gone', () => {
  const { sources } = sending('cumulative')
  const store = new SeriesStore()
  const series = store.of(io)
  sources.add(store)
  series.finish(series.create({}, 0), 0)
  store.release(0, 1000)
  expect(series.size).toBe(1)

  sources[Symbol.dispose]()
  store.release(0, 1000)
  expect(series.size).toBe(0)
})
