import type { Attribute } from '../../catalogue/attributes.ts'
import type { MetricSeries } from '../../pipeline/metric-series.ts'
import { Candidates } from './candidates.ts'
import { Decay } from './decay.ts'
import type { GroupedRows } from './grouped-rows.ts'
import { Heaviest } from './heaviest.ts'
import { EXACT, KeyedSeries } from './keyed-series.ts'
import { Promotion } from './promotion.ts'
import { Reserve } from './reserve.ts'
import { hashTuple } from './tuples.ts'
import type { Values } from './values.ts'

/** Watched for a series of their own: a quarter of the limit, within these. */
const CANDIDATES = { min: 16, max: 1024 }
/** A batch brings at most this share of them anew, so that a flood of passers-by does not wash out what stays. */
const NEW_SHARE = 8
/** A candidate that no interval had for so long is forgotten. */
const FORGET_MS = 600_000

/**
 * Decides which series a group of rows goes to, never more of them than limit + RESERVE: the heaviest are exact, the
 * rest goes to `other` series.
 *
 * A free place goes to the heaviest newcomer of the batch. When all are taken, a candidate that is clearly heavier than
 * the lightest series makes that one end (Promotion); the place is free once every exporter has its last value.
 */
export class Budget {
  private readonly limit: number
  private readonly keyed: KeyedSeries
  private readonly reserve: Reserve
  private readonly candidates: Candidates
  private readonly promotion: Promotion
  private readonly decay = new Decay()
  private readonly tuple: Uint32Array
  private overflow = 0
  private collapse = 0
  private latestMs = Number.NEGATIVE_INFINITY

  constructor(series: MetricSeries, attributes: readonly Attribute[], limit: number, values: Values) {
    this.limit = limit
    this.keyed = new KeyedSeries(series, attributes, values)
    this.reserve = new Reserve(this.keyed, attributes)
    const watched = Math.min(CANDIDATES.max, Math.max(CANDIDATES.min, limit >> 2))
    this.candidates = new Candidates(attributes.length, watched, values)
    this.promotion = new Promotion(this.keyed, this.candidates, limit)
    this.tuple = new Uint32Array(attributes.length)
  }

  /** Groups that went to an `other` series so far. */
  get overflowed(): number {
    return this.overflow
  }

  /** Of those, the ones whose `other` series lacks a bounded attribute. */
  get collapsed(): number {
    return this.collapse
  }

  /**
   * @param weights what each group brings: the heavier, the more it deserves a series of its own; NaN: nothing
   * @param nowMs by the clock of the agent, for expiry
   * @returns the slot of each group; -1 where it brings nothing
   */
  route(rows: GroupedRows, weights: Float64Array, nowMs: number): Int32Array {
    this.turn(rows.endMs, nowMs)
    const scale = this.decay.scale(rows.endMs, (factor) => this.rescale(factor))
    const { keyed } = this
    const { tuples, hashes, known, width } = rows
    const slots = new Int32Array(weights.length).fill(-1)
    const others = new Others(rows, this.reserve)
    const unknown = new Uint32Array(weights.length)
    let unknowns = 0
    for (let group = 0; group < weights.length; group++) {
      const weight = weights[group] as number
      if (Number.isNaN(weight)) continue
      const slot = known[group] === 1 ? keyed.find(tuples, group * width, hashes[group] as number) : -1
      if (slot < 0) {
        unknown[unknowns++] = group
      } else if (keyed.leaving[slot] === 1) {
        slots[group] = others.slotOf(group)
      } else {
        slots[group] = slot
        keyed.weight[slot] = (keyed.weight[slot] as number) + weight * scale
      }
    }
    if (unknowns > 0) this.place(rows, unknown.subarray(0, unknowns), weights, scale, slots, others)
    for (let group = 0; group < slots.length; group++) {
      const slot = slots[group] as number
      if (slot >= 0) keyed.touchedMs[slot] = nowMs
    }
    this.overflow += others.groups
    this.collapse += others.collapsed
    return slots
  }

  /** Ends what nothing was put into since `oldestMs`. */
  expire(oldestMs: number, nowMs: number): void {
    const { series, touchedMs } = this.keyed
    for (let slot = 0; slot < series.end; slot++) {
      const idle = series.epoch(slot) !== 0 && series.endedAt(slot) === 0
      if (idle && (touchedMs[slot] as number) <= oldestMs) series.finish(slot, nowMs)
    }
  }

  private turn(endMs: number, nowMs: number): void {
    if (endMs <= this.latestMs) return
    this.latestMs = endMs
    if (this.candidates.size === 0) return
    this.candidates.expire(endMs - FORGET_MS)
    this.promotion.run(endMs, nowMs)
  }

  /** Gives what places there are to the heaviest of those that have no series, and sends the others to the reserve. */
  private place(
    rows: GroupedRows,
    unknown: Uint32Array,
    weights: Float64Array,
    scale: number,
    slots: Int32Array,
    others: Others,
  ): void {
    const free = Math.max(0, this.limit - this.keyed.count(EXACT))
    if (unknown.length <= free) {
      for (const group of unknown) slots[group] = this.create(rows, group, (weights[group] as number) * scale)
      return
    }
    const { scores, watched } = this.scoresOf(rows, unknown, weights, scale)
    if (free > 0) {
      const heaviest = new Heaviest(scores.slice(), free)
      for (let i = 0; i < unknown.length; i++) {
        if (!heaviest.take(scores[i] as number)) continue
        const group = unknown[i] as number
        slots[group] = this.create(rows, group, scores[i] as number)
        watched[i] = 1
      }
    }
    this.watch(rows, unknown, scores, watched)
    for (let i = 0; i < unknown.length; i++) {
      const group = unknown[i] as number
      if (slots[group] === -1) slots[group] = others.slotOf(group)
    }
  }

  /** What each weighs, with what it weighed before where it is watched. */
  private scoresOf(
    rows: GroupedRows,
    unknown: Uint32Array,
    weights: Float64Array,
    scale: number,
  ): { scores: Float64Array; watched: Uint8Array } {
    const { tuples, hashes, known, width, endMs } = rows
    const scores = new Float64Array(unknown.length)
    const watched = new Uint8Array(unknown.length)
    for (let i = 0; i < unknown.length; i++) {
      const group = unknown[i] as number
      const weight = (weights[group] as number) * scale
      const candidate =
        known[group] === 1 ? this.candidates.find(tuples, group * width, hashes[group] as number) : -1
      scores[i] = candidate < 0 ? weight : this.candidates.add(candidate, weight, endMs)
      watched[i] = candidate < 0 ? 0 : 1
    }
    return { scores, watched }
  }

  private create(rows: GroupedRows, group: number, weight: number): number {
    const tuple = this.internTuple(rows, group)
    const slot = this.keyed.findOrCreate(tuple, EXACT, rows.startMs)
    this.keyed.weight[slot] = (this.keyed.weight[slot] as number) + weight
    const candidate = this.candidates.find(tuple, 0, hashTuple(tuple, 0, tuple.length))
    if (candidate >= 0) this.candidates.drop(candidate)
    return slot
  }

  /** Makes candidates of the heaviest that are none yet. */
  private watch(rows: GroupedRows, unknown: Uint32Array, scores: Float64Array, watched: Uint8Array): void {
    const most = Math.max(1, Math.floor(this.candidates.capacity / NEW_SHARE))
    const heaviest = new Heaviest(unmarked(scores, watched), most)
    for (let i = 0; i < unknown.length; i++) {
      if (watched[i] === 1 || !heaviest.take(scores[i] as number)) continue
      const tuple = this.internTuple(rows, unknown[i] as number)
      const hash = hashTuple(tuple, 0, tuple.length)
      if (this.candidates.find(tuple, 0, hash) >= 0) continue
      this.candidates.offer(tuple, hash, scores[i] as number, rows.endMs)
    }
  }

  private internTuple(rows: GroupedRows, group: number): Uint32Array {
    for (let i = 0; i < this.tuple.length; i++) this.tuple[i] = rows.internOf(group, i)
    return this.tuple
  }

  private rescale(factor: number): void {
    const { weight } = this.keyed
    for (let slot = 0; slot < weight.length; slot++) weight[slot] = (weight[slot] as number) * factor
    this.candidates.rescale(factor)
  }
}

/** The `other` series of a batch, each looked for once. */
class Others {
  groups = 0
  /** Of the groups, those whose series lacks a bounded attribute. */
  collapsed = 0
  private readonly rows: GroupedRows
  private readonly reserve: Reserve
  private slots: Int32Array | undefined
  private lacking: Uint8Array | undefined

  constructor(rows: GroupedRows, reserve: Reserve) {
    this.rows = rows
    this.reserve = reserve
  }

  slotOf(group: number): number {
    const { ofRow, firstRow, count } = this.rows.byBounded
    this.slots ??= new Int32Array(count).fill(-1)
    this.lacking ??= new Uint8Array(count)
    const bounded = ofRow[group] as number
    if (this.slots[bounded] === -1) {
      const { slot, level } = this.reserve.place(this.rows, firstRow[bounded] as number)
      this.slots[bounded] = slot
      this.lacking[bounded] = level > 0 ? 1 : 0
    }
    this.groups++
    this.collapsed += this.lacking[bounded] as number
    return this.slots[bounded] as number
  }
}

function unmarked(values: Float64Array, marks: Uint8Array): Float64Array {
  const found = new Float64Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) if (marks[i] === 0) found[count++] = values[i] as number
  return found.subarray(0, count)
}
