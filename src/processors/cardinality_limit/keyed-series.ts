import type { Attribute } from '../../catalogue/attributes.ts'
import type { MetricSeries } from '../../pipeline/metric-series.ts'
import type { AttributeValue } from '../../pipeline/point-batch.ts'
import { hashTuple, Tuples } from './tuples.ts'
import { NONE, OTHER, type Values } from './values.ts'

/** What a series is to its budget. */
export const FREE = 0
/** Among the heaviest: it has all its attributes. */
export const EXACT = 1
/** Takes what has no series of its own. */
export const REST = 2

/** The series of one metric, found by their attributes, and what the budget knows of each, by slot. */
export class KeyedSeries {
  readonly series: MetricSeries
  /** FREE, EXACT or REST. */
  kind = new Uint8Array(16)
  /** 1: it gave its place to a heavier one. What comes for it goes to an `other` series, and it does not come back. */
  leaving = new Uint8Array(16)
  /** Decayed; see Decay. */
  weight = new Float64Array(16)
  /** When something was last put into it, by the clock of the agent. */
  touchedMs = new Float64Array(16)
  private readonly attributes: readonly Attribute[]
  private readonly values: Values
  private readonly tuples: Tuples
  private readonly counts = [0, 0, 0]

  constructor(series: MetricSeries, attributes: readonly Attribute[], values: Values) {
    this.series = series
    this.attributes = attributes
    this.values = values
    this.tuples = new Tuples(attributes.length)
    series.onFree((slot) => this.forget(slot))
  }

  /** Slots in use by series of a kind, those that ended and were not yet acknowledged among them. */
  count(kind: typeof EXACT | typeof REST): number {
    return this.counts[kind] as number
  }

  /** @returns -1: not there */
  find(from: Uint32Array, at: number, hash: number): number {
    return this.tuples.find(from, at, hash)
  }

  /**
   * The series with these values, which begins if it is not there.
   *
   * @param tuple a number of Values for each attribute
   * @returns its slot
   */
  findOrCreate(tuple: Uint32Array, kind: typeof EXACT | typeof REST, startMs: number): number {
    const hash = hashTuple(tuple, 0, tuple.length)
    const found = this.tuples.find(tuple, 0, hash)
    if (found >= 0) return found
    const slot = this.series.create(this.named(tuple), startMs)
    if (slot >= this.kind.length) this.grow()
    for (const value of tuple) this.values.hold(value)
    this.tuples.set(slot, tuple, 0, hash)
    this.kind[slot] = kind
    this.leaving[slot] = 0
    this.weight[slot] = 0
    this.counts[kind] = (this.counts[kind] as number) + 1
    return slot
  }

  /** Whether the series stands for others: it is needed for as long as there are any. */
  isShared(slot: number): boolean {
    for (let i = 0; i < this.tuples.width; i++) if (this.tuples.item(slot, i) === OTHER) return true
    return false
  }

  private named(tuple: Uint32Array): Record<string, AttributeValue> {
    const named: Record<string, AttributeValue> = {}
    for (const [i, { name }] of this.attributes.entries()) {
      const number = tuple[i] as number
      if (number !== NONE) named[name] = this.values.value(number) as AttributeValue
    }
    return named
  }

  private forget(slot: number): void {
    for (let i = 0; i < this.tuples.width; i++) this.values.release(this.tuples.item(slot, i))
    this.tuples.delete(slot)
    const kind = this.kind[slot] as number
    this.counts[kind] = (this.counts[kind] as number) - 1
    this.kind[slot] = FREE
  }

  private grow(): void {
    const { kind, leaving, weight, touchedMs } = this
    const length = kind.length * 2
    this.kind = new Uint8Array(length)
    this.leaving = new Uint8Array(length)
    this.weight = new Float64Array(length)
    this.touchedMs = new Float64Array(length)
    this.kind.set(kind)
    this.leaving.set(leaving)
    this.weight.set(weight)
    this.touchedMs.set(touchedMs)
  }
}
