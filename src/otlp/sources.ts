import type { Cursor } from '../pipeline/cursor.ts'
import { SeriesMerger } from '../pipeline/merge-series.ts'
import type { MetricSeries } from '../pipeline/metric-series.ts'
import type { SeriesStore } from '../pipeline/series-store.ts'
import type { Source } from './metrics-encoder.ts'
import type { Temporality } from './point-image.ts'

/** The stores that end in one exporter, each with what was delivered of it. */
export class Sources implements Disposable {
  private readonly cursors = new Map<SeriesStore, Cursor>()
  private readonly merger: SeriesMerger

  constructor(temporality: Temporality) {
    this.merger = new SeriesMerger(temporality === 'delta')
  }

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
    const cursorOf = new Map<MetricSeries, Cursor>()
    for (const [store, cursor] of this.cursors) for (const series of store) cursorOf.set(series, cursor)
    const sources = this.merger.merge(this.cursors.keys()).map((series): Source => {
      const cursor = cursorOf.get(series) // none: it is of several stores
      return { series, isDone: (endedAt) => cursor?.isDone(endedAt) ?? false }
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
}
