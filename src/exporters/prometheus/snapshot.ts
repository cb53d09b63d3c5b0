import type { Metric } from '../../catalogue/metrics.ts'
import type { Cursor } from '../../pipeline/cursor.ts'
import { SeriesMerger } from '../../pipeline/merge-series.ts'
import type { MetricSeries } from '../../pipeline/metric-series.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import type { Family } from './family.ts'
import { LabelCache, type Rows } from './rows.ts'

/** What the stores held at one moment. */
export interface Snapshot {
  /** Metrics that have a series. */
  readonly metrics: readonly Rows[]
  /** What a scraper that got it all may acknowledge. */
  readonly asOf: ReadonlyMap<SeriesStore, number>
}

/** Takes snapshots of stores, and keeps what does not change between them. */
export class Snapshots implements Disposable {
  private readonly sources: ReadonlyMap<SeriesStore, Cursor>
  private readonly familyOf: (metric: Metric) => Family | undefined
  private readonly merger = new SeriesMerger()
  private readonly caches = new Map<MetricSeries, LabelCache | undefined>()
  private shared: { readonly snapshot: Snapshot; users: number } | undefined

  /**
   * @param sources looked at anew for each snapshot: stores may be added
   * @param familyOf nothing: the metric is left out
   */
  constructor(sources: ReadonlyMap<SeriesStore, Cursor>, familyOf: (metric: Metric) => Family | undefined) {
    this.sources = sources
    this.familyOf = familyOf
  }

  /** The stores have changed: who asks from here on is to see it. */
  changed(): void {
    this.shared = undefined
  }

  /** Of now. Scrapes at the same time have one, as long as nothing has changed, so it may take as long as they like. */
  take(): Snapshot & Disposable {
    this.shared ??= { snapshot: this.make(), users: 0 }
    const mine = this.shared
    mine.users++
    return {
      ...mine.snapshot,
      [Symbol.dispose]: () => {
        if (--mine.users === 0 && this.shared === mine) this.shared = undefined
      },
    }
  }

  [Symbol.dispose](): void {
    this.shared = undefined
    for (const cache of this.caches.values()) cache?.clear()
  }

  private make(): Snapshot {
    const metrics: Rows[] = []
    for (const series of this.merger.merge(this.sources.keys())) {
      const cursor = this.cursorOf(series)
      const rows = this.cacheOf(series)?.copy((endedAt) => cursor?.isDone(endedAt) ?? false)
      if (rows && rows.length > 0) metrics.push(rows)
    }
    return { metrics, asOf: marksOf(this.sources.keys()) }
  }

  /** Nothing: the metric is left out. */
  private cacheOf(series: MetricSeries): LabelCache | undefined {
    if (!this.caches.has(series)) {
      const family = this.familyOf(series.metric)
      this.caches.set(series, family && new LabelCache(series, family))
    }
    return this.caches.get(series)
  }

  /** Of the store that the series is of; nothing: it is of several. */
  private cursorOf(series: MetricSeries): Cursor | undefined {
    for (const [store, cursor] of this.sources) for (const each of store) if (each === series) return cursor
    return undefined
  }
}

/** What stores say of themselves: to be read with their values, and acknowledged when those have arrived. */
export function marksOf(stores: Iterable<SeriesStore>): ReadonlyMap<SeriesStore, number> {
  return new Map(Array.from(stores, (store) => [store, store.asOf]))
}
