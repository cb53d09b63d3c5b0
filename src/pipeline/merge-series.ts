import type { Metric } from '../catalogue/metrics.ts'
import type { Series } from './metric-series.ts'
import type { SeriesStore } from './series-store.ts'

export interface MergedSeries {
  readonly metric: Metric
  readonly series: Iterable<Series>
}

/**
 * The series of several pipelines as one: where an exporter ends more than one of them, the same series
 * may be in each, and no consumer takes it twice. Sums are added up, of gauges the newest stays.
 *
 * @returns metrics that have a series, in the order in which they were first met
 */
export function mergeSeries(stores: Iterable<SeriesStore>): MergedSeries[] {
  const found = new Map<string, { metric: Metric; parts: Iterable<Series>[] }>()
  for (const store of stores) {
    for (const series of store) {
      if (series.size === 0) continue
      const entry = found.get(series.metric.name) ?? { metric: series.metric, parts: [] }
      entry.parts.push(series)
      found.set(series.metric.name, entry)
    }
  }
  return [...found.values()].map(({ metric, parts: [first, ...rest] }) => ({
    metric,
    series:
      rest.length === 0 ? (first as Iterable<Series>) : merge(metric, [first as Iterable<Series>, ...rest]),
  }))
}

function merge(metric: Metric, parts: readonly Iterable<Series>[]): Iterable<Series> {
  const merged = new Map<string, Series>()
  for (const series of parts.flatMap((part) => [...part])) {
    const key = JSON.stringify(Object.entries(series.attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
    const other = merged.get(key)
    merged.set(key, other ? join(metric, other, series) : series)
  }
  return merged.values()
}

function join(metric: Metric, a: Series, b: Series): Series {
  const newer = b.updatedMs >= a.updatedMs ? b : a
  return {
    attributes: a.attributes,
    startMs: Math.min(a.startMs, b.startMs),
    value: metric.instrument === 'gauge' ? newer.value : a.value + b.value,
    updatedMs: newer.updatedMs,
    ...(a.counts && { counts: a.counts.map((count, bucket) => count + (b.counts?.[bucket] ?? 0)) }),
  }
}
