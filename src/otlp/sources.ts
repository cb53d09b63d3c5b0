import type { Cursor } from '../pipeline/cursor.ts'
import type { MetricSeries } from '../pipeline/metric-series.ts'
import type { SeriesStore } from '../pipeline/series-store.ts'
import { MergedMetric } from './merged-metric.ts'
import type { Source } from './metrics-encoder.ts'

/** The stores that end in one exporter, each with what was delivered of it. */
export class Sources implements Disposable {
  private readonly cursors = new Map<SeriesStore, Cursor>()
  private readonly merged = new Map<string, MergedMetric>()

  /** From its first batch on a store waits for this exporter. */
  add(store: SeriesStore): void {
    if (!this.cursors.has(store)) this.cursors.set(store, store.cursor())
  }

  get stores(): Iterable<SeriesStore> {
    return this.cursors.keys()
  }

  /** @returns what there is now, and how to say that all of it has arrived */
  read(): { readonly sources: Source[]; readonly acknowledge: () => void } {
    const marks = [...this.cursors].map(([store, cursor]) => [cursor, store.asOf] as const)
    const byMetric = new Map<string, [MetricSeries, ...MetricSeries[]]>()
    const isDone = new Map<MetricSeries, Source['isDone']>()
    for (const [store, cursor] of this.cursors) {
      for (const series of store) {
        if (series.size === 0) continue
        const same = byMetric.get(series.metric.name)
        if (same) same.push(series)
        else byMetric.set(series.metric.name, [series])
        isDone.set(series, (endedAt) => cursor.isDone(endedAt))
      }
    }
    const sources = [...byMetric].map(([name, [first, ...more]]): Source => {
      if (more.length === 0) return { series: first, isDone: isDone.get(first) as Source['isDone'] }
      return { series: this.merge(name, [first, ...more]), isDone: () => false }
    })
    const acknowledge = () => {
      for (const [cursor, asOf] of marks) cursor.acknowledge(asOf)
    }
    return { sources, acknowledge }
  }

  [Symbol.dispose](): void {
    for (const cursor of this.cursors.values()) cursor[Symbol.dispose]()
    this.cursors.clear()
  }

  private merge(name: string, parts: readonly [MetricSeries, ...MetricSeries[]]): MetricSeries {
    let found = this.merged.get(name)
    if (!found?.isOf(parts)) {
      found = new MergedMetric(parts)
      this.merged.set(name, found)
    }
    found.refresh()
    return found.series
  }
}
