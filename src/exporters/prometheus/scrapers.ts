import type { Cursor } from '../../pipeline/cursor.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'

/** Prometheus' own limit for what is still current: who scrapes less often has holes in any case. */
const FORGOTTEN_MS = 5 * 60_000
const MAX_SCRAPERS = 64

/**
 * Who has got what. A series that ended is delivered when all who scrape have had its last value: of two Prometheus
 * servers that scrape the same agent, both. Who has not come for five minutes is not waited for.
 */
export class Scrapers {
  private readonly cursors: ReadonlyMap<SeriesStore, Cursor>
  private readonly latest = new Map<string, { asOf: ReadonlyMap<SeriesStore, number>; atMs: number }>()

  constructor(cursors: ReadonlyMap<SeriesStore, Cursor>) {
    this.cursors = cursors
  }

  /**
   * A scrape was served whole.
   *
   * @param peer address of the scraper
   * @param asOf SeriesStore.asOf when its values were read
   */
  served(peer: string, asOf: ReadonlyMap<SeriesStore, number>, nowMs: number): void {
    this.latest.delete(peer) // so that the oldest is the first
    this.latest.set(peer, { asOf, atMs: nowMs })
    for (const [other, { atMs }] of this.latest) {
      if (nowMs - atMs > FORGOTTEN_MS || this.latest.size > MAX_SCRAPERS) this.latest.delete(other)
    }
    for (const [store, cursor] of this.cursors) {
      const all = [...this.latest.values()].map(({ asOf }) => asOf.get(store) ?? 0)
      cursor.acknowledge(Math.min(...all))
    }
  }
}
