import type { Metric } from '../catalogue/metrics.ts'
import type { AttributeValue } from './point-batch.ts'

const FIRST_CAPACITY = 16

export type Attributes = Readonly<Record<string, AttributeValue>>

/** What the metrics of a store number their changes by. */
export interface Marks {
  /** Grows with each series that ends. */
  asOf: number
  /** The last one given. */
  epoch: number
}

/** One series, as a plain object: for what is not hot. Later changes are not seen in it. */
export interface Series {
  readonly attributes: Attributes
  readonly startMs: number
  /** End of the last interval that touched it. */
  readonly updatedMs: number
  /** Total since `startMs` of a counter, sum of the observations of a histogram, else the newest value. */
  readonly value: number
  /** Of a histogram: observations by bucket, of which the last has no upper bound. */
  readonly counts?: readonly number[]
}

/**
 * The series of one metric, in columns by slot. Slots 0 to end - 1 may be in use; `epoch` tells which are.
 *
 * A series is live until it ends. One that ended is read like any other and does not change any more, unless it comes
 * back before its slot is freed: then it goes on where it was. The arrays are replaced when they grow: get them anew for
 * each pass. Everything is written between turns of the event loop, so a pass that does not wait sees one state; one
 * that waits has to look at the epoch again.
 */
export class MetricSeries implements Iterable<Series> {
  readonly metric: Metric
  /** Upper bounds of a histogram's buckets, inclusive, in its unit; one more bucket has none. Empty for others. */
  readonly bounds: readonly number[]
  private readonly marks: Marks
  private capacity = FIRST_CAPACITY
  private epochs = new Float64Array(FIRST_CAPACITY)
  private starts = new Float64Array(FIRST_CAPACITY)
  private updates = new Float64Array(FIRST_CAPACITY)
  private sums = new Float64Array(FIRST_CAPACITY)
  private buckets: Float64Array
  /** Marks.asOf of the end; 0: live. */
  private ends = new Float64Array(FIRST_CAPACITY)
  private endTimes = new Float64Array(FIRST_CAPACITY)
  private readonly records: (Attributes | undefined)[] = []
  private readonly free: number[] = []
  private high = 0
  private used = 0
  private ended = 0
  private lost = 0
  private readonly freed: ((slot: number) => void)[] = []

  constructor(metric: Metric, marks: Marks = { asOf: 0, epoch: 0 }) {
    this.metric = metric
    this.marks = marks
    this.bounds = metric.instrument === 'histogram' ? metric.buckets : []
    this.buckets = new Float64Array(FIRST_CAPACITY * this.stride)
  }

  /** Series that have a slot, those that ended and were not yet acknowledged among them. */
  get size(): number {
    return this.used
  }

  /** Those of them that have not ended. */
  get live(): number {
    return this.used - this.ended
  }

  /** Series that went before every exporter had delivered their last value. */
  get unacknowledged(): number {
    return this.lost
  }

  /** Every slot in use is below. */
  get end(): number {
    return this.high
  }

  /** 0: the slot is free. Else a number that this slot never had before: what belongs to (slot, epoch) stays true. */
  epoch(slot: number): number {
    return this.epochs[slot] as number
  }

  /** Frozen, and the same object as long as the epoch is the same. */
  attributes(slot: number): Attributes {
    return this.records[slot] as Attributes
  }

  /** 0: live. Else what Cursor.isDone wants to know. */
  endedAt(slot: number): number {
    return this.ends[slot] as number
  }

  /** By slot: start of the interval in which the series was first seen, in milliseconds since the epoch. */
  get startMs(): Float64Array {
    return this.starts
  }

  /** By slot: end of the last interval that touched the series. */
  get updatedMs(): Float64Array {
    return this.updates
  }

  /** By slot: total since `startMs` of a counter, sum of the observations of a histogram, else the newest value. */
  get values(): Float64Array {
    return this.sums
  }

  /** Observations of a histogram, at slot * stride + bucket. */
  get counts(): Float64Array {
    return this.buckets
  }

  /** Buckets of a series: 0 unless it is a histogram. */
  get stride(): number {
    return this.metric.instrument === 'histogram' ? this.bounds.length + 1 : 0
  }

  *[Symbol.iterator](): Generator<Series> {
    for (let slot = 0; slot < this.high; slot++) if (this.epochs[slot] !== 0) yield this.at(slot)
  }

  at(slot: number): Series {
    const { stride } = this
    return {
      attributes: this.attributes(slot),
      startMs: this.starts[slot] as number,
      updatedMs: this.updates[slot] as number,
      value: this.sums[slot] as number,
      ...(stride > 0 && { counts: [...this.buckets.subarray(slot * stride, (slot + 1) * stride)] }),
    }
  }

  /** The bucket that an observation belongs to. */
  bucketOf(value: number): number {
    const { bounds } = this
    let low = 0
    let high = bounds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (value <= (bounds[middle] as number)) high = middle
      else low = middle + 1
    }
    return low
  }

  /**
   * A series begins, with nothing in it.
   *
   * @returns its slot
   */
  create(attributes: Record<string, AttributeValue>, startMs: number): number {
    const slot = this.free.pop() ?? this.high++
    if (slot === this.capacity) this.grow()
    this.epochs[slot] = ++this.marks.epoch
    this.starts[slot] = startMs
    this.updates[slot] = startMs
    this.sums[slot] = 0
    this.buckets.fill(0, slot * this.stride, (slot + 1) * this.stride)
    this.records[slot] = Object.freeze(attributes)
    this.used++
    return slot
  }

  /** Adds to a total. */
  add(slot: number, value: number, endMs: number): void {
    this.sums[slot] = (this.sums[slot] as number) + value
    this.touch(slot, endMs)
  }

  /** All values are 0: those of an updowncounter are added up anew. */
  clear(): void {
    this.sums.fill(0, 0, this.high)
  }

  /** Replaces a value. */
  set(slot: number, value: number, endMs: number): void {
    this.sums[slot] = value
    this.touch(slot, endMs)
  }

  /**
   * Adds observations to a histogram: `values[i]` to the slot of its group, `slots[groups[i]]`.
   *
   * @param slots -1: nothing is observed of the group
   * @param values NaN: nothing is observed
   */
  observe(slots: Int32Array, groups: Uint32Array, values: Float64Array, endMs: number): void {
    const { buckets, sums, stride } = this
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number
      if (Number.isNaN(value)) continue
      const slot = slots[groups[i] as number] as number
      const at = slot * stride + this.bucketOf(value)
      buckets[at] = (buckets[at] as number) + 1
      sums[slot] = (sums[slot] as number) + value
    }
    for (const slot of slots) if (slot >= 0) this.touch(slot, endMs)
  }

  /** The series ends with what it holds. Its slot is freed by release(). */
  finish(slot: number, nowMs: number): void {
    if (this.ends[slot] !== 0) return
    this.ends[slot] = ++this.marks.asOf
    this.endTimes[slot] = nowMs
    this.ended++
  }

  /** Is called with each slot, just before it is freed. */
  onFree(listener: (slot: number) => void): void {
    this.freed.push(listener)
  }

  /** SeriesStore.release: frees what ended at or before `acknowledged`, or before `oldestMs`. */
  release(acknowledged: number, oldestMs: number): void {
    for (let slot = 0; this.ended > 0 && slot < this.high; slot++) {
      const at = this.ends[slot] as number
      if (at === 0) continue
      if (at > acknowledged) {
        if ((this.endTimes[slot] as number) > oldestMs) continue
        this.lost++
      }
      this.remove(slot)
    }
  }

  /** Whatever ended is live again when something is added to it. */
  private touch(slot: number, endMs: number): void {
    this.updates[slot] = endMs
    if (this.ends[slot] === 0) return
    this.ends[slot] = 0
    this.ended--
  }

  private remove(slot: number): void {
    for (const listener of this.freed) listener(slot)
    this.ends[slot] = 0
    this.epochs[slot] = 0
    this.records[slot] = undefined
    this.free.push(slot)
    this.ended--
    this.used--
  }

  private grow(): void {
    const grown = (from: Float64Array) => {
      const to = new Float64Array(from.length * 2)
      to.set(from)
      return to
    }
    this.capacity *= 2
    this.epochs = grown(this.epochs)
    this.starts = grown(this.starts)
    this.updates = grown(this.updates)
    this.sums = grown(this.sums)
    this.ends = grown(this.ends)
    this.endTimes = grown(this.endTimes)
    this.buckets = grown(this.buckets)
  }
}
