import { Tuples } from './tuples.ts'
import type { Values } from './values.ts'

/** What may get a series of its own: by what it counted since it is watched. */
export interface Candidate {
  readonly number: number
  /** At least so much, decayed. */
  readonly weight: number
}

/**
 * The heaviest of what has no series, in bounded memory: space-saving, with decayed weights. A newcomer takes the place
 * of the lightest and its weight, for it may have counted as much unseen; what is certain is the rest.
 *
 * @see Metwally, Agrawal, El Abbadi: Efficient computation of frequent and top-k elements in data streams, ICDT 2005
 */
export class Candidates {
  private readonly values: Values
  private readonly tuples: Tuples
  readonly capacity: number
  private readonly weights: Float64Array
  private readonly errors: Float64Array
  /** The interval that last had it, by its end. */
  private readonly lastMs: Float64Array
  /** Intervals that had it. */
  private readonly intervals: Uint32Array
  private readonly used: Uint8Array

  constructor(width: number, capacity: number, values: Values) {
    this.values = values
    this.tuples = new Tuples(width)
    this.capacity = capacity
    this.weights = new Float64Array(capacity)
    this.errors = new Float64Array(capacity)
    this.lastMs = new Float64Array(capacity)
    this.intervals = new Uint32Array(capacity)
    this.used = new Uint8Array(capacity)
  }

  get size(): number {
    return this.tuples.size
  }

  /** @returns -1: it is not watched */
  find(from: Uint32Array, at: number, hash: number): number {
    return this.tuples.size === 0 ? -1 : this.tuples.find(from, at, hash)
  }

  /** @returns its weight now */
  add(number: number, weight: number, endMs: number): number {
    if (this.lastMs[number] !== endMs) this.intervals[number] = (this.intervals[number] as number) + 1
    this.lastMs[number] = endMs
    this.weights[number] = (this.weights[number] as number) + weight
    return this.weights[number] as number
  }

  /** Watches one that is not watched, in the place of the lightest. */
  offer(tuple: Uint32Array, hash: number, weight: number, endMs: number): void {
    let number = this.tuples.size < this.capacity ? this.used.indexOf(0) : this.lightest()
    if (number < 0) number = 0
    const inherited = this.used[number] === 1 ? (this.weights[number] as number) : 0
    for (const value of tuple) this.values.hold(value) // before the other lets go of what both have
    this.drop(number)
    this.tuples.set(number, tuple, 0, hash)
    this.used[number] = 1
    this.weights[number] = inherited + weight
    this.errors[number] = inherited
    this.intervals[number] = 1
    this.lastMs[number] = endMs
  }

  drop(number: number): void {
    if (this.used[number] === 0) return
    for (let i = 0; i < this.tuples.width; i++) this.values.release(this.tuples.item(number, i))
    this.tuples.delete(number)
    this.used[number] = 0
  }

  /** Those that came in more than one interval, the heaviest first. */
  steady(): Candidate[] {
    const found: Candidate[] = []
    for (let number = 0; number < this.capacity; number++) {
      if (this.used[number] === 0 || (this.intervals[number] as number) < 2) continue
      found.push({ number, weight: (this.weights[number] as number) - (this.errors[number] as number) })
    }
    return found.sort((a, b) => b.weight - a.weight)
  }

  /** Forgets those that no interval had since `ms`. */
  expire(ms: number): void {
    for (let number = 0; number < this.capacity; number++) {
      if (this.used[number] === 1 && (this.lastMs[number] as number) < ms) this.drop(number)
    }
  }

  rescale(factor: number): void {
    for (let number = 0; number < this.capacity; number++) {
      this.weights[number] = (this.weights[number] as number) * factor
      this.errors[number] = (this.errors[number] as number) * factor
    }
  }

  private lightest(): number {
    let found = 0
    for (let number = 1; number < this.capacity; number++) {
      if ((this.weights[number] as number) < (this.weights[found] as number)) found = number
    }
    return found
  }
}
