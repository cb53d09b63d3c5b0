import type { Candidates } from './candidates.ts'
import { Heaviest } from './heaviest.ts'
import { EXACT, type KeyedSeries } from './keyed-series.ts'

/** So many times heavier than a series a candidate must be to take its place. */
const CLEARLY = 2
/** Of all places, so many change hands in an interval: one in this number, and at least one. */
const RATE = 100
/** A series is left alone for so long after its start. */
const SETTLED_MS = 60_000

/**
 * Makes room for candidates: the lightest series end where a candidate is clearly heavier. Two that weigh about the same
 * never take turns, a burst of one interval makes no candidate, and only a few places change hands at a time.
 */
export class Promotion {
  private readonly keyed: KeyedSeries
  private readonly candidates: Candidates
  private readonly limit: number

  constructor(keyed: KeyedSeries, candidates: Candidates, limit: number) {
    this.keyed = keyed
    this.candidates = candidates
    this.limit = limit
  }

  /** Call once at the turn to a new interval, which ends at `endMs`. */
  run(endMs: number, nowMs: number): void {
    // Places that are free, or will be, are for the first of the candidates: no series has to end for those.
    const waiting = this.candidates.steady().slice(this.limit - this.keyed.count(EXACT) + this.ending())
    if (waiting.length === 0) return
    const most = Math.min(waiting.length, Math.max(1, Math.floor(this.limit / RATE)))
    for (const [i, slot] of this.lightest(endMs, most).entries()) {
      if ((waiting[i]?.weight as number) < CLEARLY * (this.keyed.weight[slot] as number)) return
      this.keyed.leaving[slot] = 1
      this.keyed.series.finish(slot, nowMs)
    }
  }

  private ending(): number {
    const { series, kind } = this.keyed
    let found = 0
    for (let slot = 0; slot < series.end; slot++) {
      if (kind[slot] === EXACT && series.endedAt(slot) !== 0) found++
    }
    return found
  }

  /** The slots of the lightest live series that may go, the lightest first. */
  private lightest(endMs: number, count: number): number[] {
    const { weight } = this.keyed
    const eligible = this.eligible(endMs)
    const lightest = new Heaviest(
      Float64Array.from(eligible, (slot) => -(weight[slot] as number)),
      count,
    )
    return eligible
      .filter((slot) => lightest.take(-(weight[slot] as number)))
      .sort((a, b) => (weight[a] as number) - (weight[b] as number))
  }

  private eligible(endMs: number): number[] {
    const { series, kind } = this.keyed
    const found: number[] = []
    for (let slot = 0; slot < series.end; slot++) {
      if (kind[slot] !== EXACT || series.endedAt(slot) !== 0) continue
      const settled = (series.startMs[slot] as number) + SETTLED_MS <= endMs
      if (settled && !this.keyed.isShared(slot)) found.push(slot)
    }
    return found
  }
}
