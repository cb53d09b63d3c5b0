import { MergedMetric } from './merged-metric.ts'
import type { MetricSeries } from './metric-series.ts'
import type { SeriesStore } from './series-store.ts'

/**
 * The series of several pipelines as one: where an exporter ends more than one of them, the same series may be in each,
 * and no consumer takes it twice. Sums are added up, of gauges the newest stays. One for each consumer, for it remembers
 * what each store had: a sum does not fall where a series goes from one store and is in another.
 */
export class SeriesMerger {
  private readonly merged = new Map<string, MergedMetric>()
  private readonly always: boolean

  /**
   * @param always hands out merged series of one store, too: who remembers what it read of a series (delta) goes on where
   *   it was when another store joins
   */
  constructor(always = false) {
    this.always = always
  }

  /**
   * @returns the metrics that have a series, in the order in which they were first met: the series of the store itself
   *   where one store alone has the metric
   */
  merge(stores: Iterable<SeriesStore>): MetricSeries[] {
    const found = new Map<string, [MetricSeries, ...MetricSeries[]]>()
    for (const store of stores) {
      for (const series of store) {
        const { name } = series.metric
        if (series.size === 0 && !this.isPart(series)) continue
        const same = found.get(name)
        if (same) same.push(series)
        else found.set(name, [series])
      }
    }
    return [...found.values()].flatMap((parts) => {
      if (parts.length === 1 && !this.always && !this.merged.has(parts[0].metric.name)) return [parts[0]]
      const { series } = this.refreshed(parts)
      return series.size > 0 ? [series] : []
    })
  }

  private isPart(series: MetricSeries): boolean {
    return this.merged.get(series.metric.name)?.has(series) ?? false
  }

  private refreshed(parts: readonly [MetricSeries, ...MetricSeries[]]): MergedMetric {
    const { name } = parts[0].metric
    let merged = this.merged.get(name)
    if (!merged) {
      merged = new MergedMetric(parts)
      this.merged.set(name, merged)
    }
    for (const part of parts) merged.add(part)
    merged.refresh()
    return merged
  }
}
