import type { MetricSeries } from '../pipeline/metric-series.ts'
import { Delivered } from './delivered.ts'
import { larger } from './larger.ts'
import { writeTime } from './numbers.ts'
import { layOut, START, TIME, writeHistogram, writeNumber } from './point-layout.ts'

export type Temporality = 'cumulative' | 'delta'

/** Points of one image that go into one request. */
export interface Run {
  readonly from: number
  readonly to: number
  readonly points: number
  readonly bytes: number
}

const FIRST_CAPACITY = 16

/**
 * The points of one metric as they stand in a request: encoded once per (slot, epoch), after which only times and values
 * are written over. Entries are numbered in the order of their bytes.
 *
 * For delta an entry knows what has been acknowledged of its series; what was sent and not acknowledged is in the next.
 */
export class PointImage {
  readonly series: MetricSeries
  private readonly delta: boolean
  private readonly whole: boolean
  private bytes = new Uint8Array(4096)
  private view = new DataView(this.bytes.buffer)
  private used = 0
  private count = 0
  private dead = 0
  /** Entry + 1 of each slot; 0: none. */
  private entryOf = new Uint32Array(FIRST_CAPACITY)
  // By entry. `starts` has one more: where the next one begins.
  private starts = new Uint32Array(FIRST_CAPACITY + 1)
  private messages = new Uint32Array(FIRST_CAPACITY)
  private slots = new Uint32Array(FIRST_CAPACITY)
  private epochs = new Float64Array(FIRST_CAPACITY)
  private included = new Uint8Array(FIRST_CAPACITY)
  // By entry, for delta only.
  private arrived: Delivered
  private sent: Delivered

  constructor(series: MetricSeries, temporality: Temporality) {
    const { instrument } = series.metric
    this.series = series
    // What there is now has no differences that could be added up: OTLP's delta preference leaves it cumulative.
    this.delta = temporality === 'delta' && (instrument === 'counter' || instrument === 'histogram')
    this.whole = instrument === 'counter' || instrument === 'updowncounter'
    this.arrived = new Delivered(this.delta ? FIRST_CAPACITY : 0, series.stride)
    this.sent = new Delivered(this.delta ? FIRST_CAPACITY : 0, series.stride)
  }

  /** Memory for points, of series that are no more too. */
  get heldBytes(): number {
    return this.bytes.length
  }

  get isDelta(): boolean {
    return this.delta
  }

  /**
   * Takes over what the store has now.
   *
   * @param isDone whether a series that ended, by MetricSeries.endedAt, need not be sent again
   */
  refresh(nowMs: number, isDone: (endedAt: number) => boolean): void {
    this.forget()
    this.meet()
    const { series, slots, epochs, included } = this
    for (let entry = 0; entry < this.count; entry++) {
      const slot = slots[entry] as number
      const ended = epochs[entry] === 0 ? 0 : series.endedAt(slot)
      included[entry] =
        epochs[entry] === 0 || (ended !== 0 && isDone(ended)) || !this.write(entry, slot, nowMs) ? 0 : 1
    }
  }

  /**
   * The next points that fit.
   *
   * @param room bytes; the first point is taken even where it does not fit, if `force`
   */
  take(from: number, room: number, force: boolean): Run {
    let [entry, points, bytes] = [from, 0, 0]
    for (; entry < this.count; entry++) {
      if (this.included[entry] === 0) continue
      const size = (this.starts[entry + 1] as number) - (this.starts[entry] as number)
      if (bytes + size > room && !(force && points === 0)) break
      bytes += size
      points++
    }
    return { from, to: entry, points, bytes }
  }

  /** Whether something is left from an entry on. */
  has(from: number): boolean {
    for (let entry = from; entry < this.count; entry++) if (this.included[entry] === 1) return true
    return false
  }

  /** @returns the position behind what was copied */
  copy({ from, to }: Run, into: Uint8Array, at: number): number {
    let position = at
    for (let entry = from; entry < to; entry++) {
      if (this.included[entry] === 0) continue
      const begin = this.starts[entry] as number
      while (entry + 1 < to && this.included[entry + 1] === 1) entry++
      const piece = this.bytes.subarray(begin, this.starts[entry + 1])
      into.set(piece, position)
      position += piece.length
    }
    return position
  }

  /** The points of a run have arrived, as they were at the last refresh. */
  acknowledge({ from, to }: Run, nowMs: number): void {
    if (!this.delta) return
    for (let entry = from; entry < to; entry++) {
      if (this.included[entry] === 1) this.arrived.take(this.sent, entry, entry, nowMs)
    }
  }

  /** @returns whether there is something to say: a difference of nothing is left out */
  private write(entry: number, slot: number, nowMs: number): boolean {
    const { view, series } = this
    const at = this.messages[entry] as number
    writeTime(view, at + TIME, nowMs)
    if (this.delta) return this.writeDelta(entry, slot, at)
    if (series.stride > 0) writeHistogram(view, at, series, slot)
    else writeNumber(view, at, series.values[slot] as number, this.whole)
    return true
  }

  private writeDelta(entry: number, slot: number, at: number): boolean {
    const { view, series, arrived, sent } = this
    sent.read(series, slot, entry)
    writeTime(view, at + START, arrived.timesMs[entry] as number)
    if (series.stride > 0) return writeHistogram(view, at, series, slot, { ...arrived.columns, entry }) !== 0
    const difference = (series.values[slot] as number) - (arrived.values[entry] as number)
    writeNumber(view, at, difference, this.whole)
    return difference !== 0
  }

  /** Entries whose series is no more. Their bytes go when they are a quarter. */
  private forget(): void {
    const { series, slots, epochs, entryOf } = this
    for (let entry = 0; entry < this.count; entry++) {
      const slot = slots[entry] as number
      if (epochs[entry] === 0 || series.epoch(slot) === epochs[entry]) continue
      epochs[entry] = 0
      entryOf[slot] = 0
      this.dead++
    }
    if (this.dead * 4 > this.count) this.compact()
  }

  private compact(): void {
    const { starts, messages, slots, epochs } = this
    let [kept, used] = [0, 0]
    for (let entry = 0; entry < this.count; entry++) {
      if (epochs[entry] === 0) continue
      const [begin, end] = [starts[entry] as number, starts[entry + 1] as number]
      this.bytes.copyWithin(used, begin, end)
      messages[kept] = (messages[entry] as number) - begin + used
      starts[kept] = used
      slots[kept] = slots[entry] as number
      epochs[kept] = epochs[entry] as number
      if (this.delta) this.arrived.take(this.arrived, entry, kept, this.arrived.timesMs[entry] as number)
      this.entryOf[slots[kept] as number] = kept + 1
      used += end - begin
      kept++
    }
    starts[kept] = used
    this.count = kept
    this.used = used
    this.dead = 0
  }

  /** Series that have no entry yet. */
  private meet(): void {
    const { series } = this
    if (this.entryOf.length < series.end) this.entryOf = larger(this.entryOf, series.end)
    for (let slot = 0; slot < series.end; slot++) {
      if (series.epoch(slot) !== 0 && this.entryOf[slot] === 0) this.append(slot)
    }
  }

  private append(slot: number): void {
    const { series } = this
    if (this.count === this.slots.length) this.grow()
    const entry = this.count++
    const { bytes, at } = layOut(series.attributes(slot), series.bounds, series.stride > 0)
    if (this.used + bytes.length > this.bytes.length) {
      this.bytes = larger(this.bytes, this.used + bytes.length)
      this.view = new DataView(this.bytes.buffer)
    }
    this.bytes.set(bytes, this.used)
    const startMs = series.startMs[slot] as number
    this.messages[entry] = this.used + at
    writeTime(this.view, this.used + at + START, startMs)
    this.used += bytes.length
    this.starts[entry + 1] = this.used
    this.slots[entry] = slot
    this.epochs[entry] = series.epoch(slot)
    this.entryOf[slot] = entry + 1
    if (this.delta) this.arrived.begin(entry, startMs)
  }

  private grow(): void {
    const capacity = this.slots.length * 2
    this.starts = larger(this.starts, capacity + 1)
    this.messages = larger(this.messages, capacity)
    this.slots = larger(this.slots, capacity)
    this.epochs = larger(this.epochs, capacity)
    this.included = larger(this.included, capacity)
    if (!this.delta) return
    this.arrived.grow(capacity)
    this.sent.grow(capacity)
  }
}
