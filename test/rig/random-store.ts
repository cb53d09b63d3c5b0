import type { Metric, metrics } from '../../src/catalogue/metrics.ts'
import type { MetricSeries } from '../../src/pipeline/metric-series.ts'
import type { AttributeValue } from '../../src/pipeline/point-batch.ts'
import { SeriesStore } from '../../src/pipeline/series-store.ts'
import { observe } from './observe.ts'
import type { Random } from './random.ts'

const pieces = [
  'a',
  'B7',
  '"',
  '\\',
  '\n',
  '\\n',
  ' ',
  '{',
  '}',
  ',',
  '=',
  '#',
  'ü',
  '日本',
  '😀',
  '\ud800',
  '\u0000',
  '\r',
  '\x7f',
]
const units = ['By', 's', '1', '{packet}']
const keys = ['source.address', 'source.port', 'k8s.pod-name', 'X', 'a.b.c', 'outcome', 'network.type']

/** Text with what is hard to write down. */
export function randomText(random: Random, atLeast = 0): string {
  return Array.from({ length: atLeast + random.below(5) }, () => random.pick(pieces)).join('')
}

/** Metrics with different names, of all instruments. */
export function randomMetrics(random: Random, count: number): Metric[] {
  return Array.from({ length: count }, (_, i) => {
    const described = {
      name: `m${i}.${random.pick(['io', 'flow.count', 'x-y', 'depth'])}`,
      unit: random.pick(units),
      description: `d${randomText(random)}`,
      attributes: [],
      optIn: [],
    }
    const instrument = random.pick(['counter', 'updowncounter', 'gauge', 'histogram'] as const)
    if (instrument !== 'histogram') return { ...described, instrument }
    const buckets = [0.00001, 0.005, 0.1, 1, 2.5, 10, 1e6, 1.5e7].filter(() => random.below(2) === 0)
    return { ...described, instrument, buckets }
  })
}

export interface RandomStore {
  readonly store: SeriesStore
  /** Series come, count, end, go and come back. */
  change(): void
}

/** A store of series with hard attributes and values, each set of attributes once. */
export function randomStore(random: Random, metrics: readonly Metric[]): RandomStore {
  const store = new SeriesStore()
  const all = metrics.map((metric) => ({
    series: store.of(metric as (typeof metricsOfCatalogue)[number]),
    slots: new Map<string, number>(),
  }))
  let nowMs = 1_700_000_000_000

  return {
    store,
    change() {
      nowMs += 5000
      for (const { series, slots } of all) {
        for (const [key, slot] of slots) if (series.epoch(slot) === 0) slots.delete(key)
        for (let i = random.below(8); i > 0; i--) {
          const attributes = randomAttributes(random)
          const key = JSON.stringify(Object.entries(attributes).sort())
          const slot = slots.get(key) ?? series.create(attributes, nowMs)
          slots.set(key, slot)
          record(random, series, slot, nowMs)
        }
        for (const slot of slots.values()) if (random.below(6) === 0) series.finish(slot, nowMs)
      }
      store.release(nowMs, random.below(2) === 0 ? 0 : 3_600_000)
    },
  }
}

declare const metricsOfCatalogue: typeof metrics

function record(random: Random, series: MetricSeries, slot: number, nowMs: number): void {
  const { instrument } = series.metric
  if (instrument === 'counter')
    series.add(slot, random.pick([0, 1, 2 ** 31, 2 ** 32, 1e9, 123_456_789_012, 2 ** 51]), nowMs)
  else if (instrument === 'histogram')
    observe(series, slot, [random.pick([0, 0.005, 0.1, 0.3, 2, 1e9])], nowMs)
  else series.set(slot, random.pick(numbers), nowMs)
}

const numbers = [
  ...[
    0,
    -0,
    1,
    -1,
    9,
    10,
    99_999_999,
    1e9 - 1,
    1e9,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
    1e21,
    -123_456_789,
  ],
  ...[
    0.1,
    1 / 3,
    1e-7,
    5e-324,
    1.7976931348623157e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ],
]

function randomAttributes(random: Random): Record<string, AttributeValue> {
  const chosen = keys.filter(() => random.below(3) === 0)
  return Object.fromEntries(
    chosen.map((key) => [key, random.below(4) === 0 ? random.below(70_000) : `v${randomText(random)}`]),
  )
}
