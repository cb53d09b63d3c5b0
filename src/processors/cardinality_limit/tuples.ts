import { mix } from './groups.ts'

const FIRST_CAPACITY = 64

/**
 * Finds the number of a tuple of integers: open addressing over typed arrays, at most half full. Who uses it gives the
 * numbers; they are dense, and may be given again after delete().
 */
export class Tuples {
  readonly width: number
  private items: Uint32Array
  private hashes = new Uint32Array(FIRST_CAPACITY)
  /** Number + 1; 0: free. */
  private table = new Uint32Array(FIRST_CAPACITY * 2)
  private count = 0

  /** @param width integers in each tuple */
  constructor(width: number) {
    this.width = width
    this.items = new Uint32Array(FIRST_CAPACITY * width)
  }

  get size(): number {
    return this.count
  }

  /** @returns -1: not there */
  find(from: Uint32Array, at: number, hash: number): number {
    const { table, hashes } = this
    const mask = table.length - 1
    let place = hash & mask
    for (let found = table[place] as number; found !== 0; found = table[place] as number) {
      if (hashes[found - 1] === hash && this.equals(found - 1, from, at)) return found - 1
      place = (place + 1) & mask
    }
    return -1
  }

  /** @param number of a tuple that is not there yet */
  set(number: number, from: Uint32Array, at: number, hash: number): void {
    while (number >= this.hashes.length) this.grow()
    for (let i = 0; i < this.width; i++) this.items[number * this.width + i] = from[at + i] as number
    this.hashes[number] = hash
    this.place(number)
    this.count++
  }

  /** The integer at `index` of a tuple that is there. */
  item(number: number, index: number): number {
    return this.items[number * this.width + index] as number
  }

  /** Moves what follows, so that no look-up ends early (Knuth, TAOCP 3, 6.4, algorithm R). */
  delete(number: number): void {
    const { table, hashes } = this
    const mask = table.length - 1
    let hole = (hashes[number] as number) & mask
    while (table[hole] !== number + 1) hole = (hole + 1) & mask
    for (let next = (hole + 1) & mask; table[next] !== 0; next = (next + 1) & mask) {
      const home = (hashes[(table[next] as number) - 1] as number) & mask
      if (((next - home) & mask) < ((next - hole) & mask)) continue
      table[hole] = table[next] as number
      hole = next
    }
    table[hole] = 0
    this.count--
  }

  private equals(number: number, from: Uint32Array, at: number): boolean {
    const mine = number * this.width
    for (let i = 0; i < this.width; i++) if (this.items[mine + i] !== from[at + i]) return false
    return true
  }

  private place(number: number): void {
    const mask = this.table.length - 1
    let place = (this.hashes[number] as number) & mask
    while (this.table[place] !== 0) place = (place + 1) & mask
    this.table[place] = number + 1
  }

  /** Numbers are dense, so a table of twice the room for them is at most half full. */
  private grow(): void {
    const grown = (from: Uint32Array) => {
      const to = new Uint32Array(from.length * 2)
      to.set(from)
      return to
    }
    const placed = this.table.filter((number) => number !== 0)
    this.items = grown(this.items)
    this.hashes = grown(this.hashes)
    this.table = new Uint32Array(this.table.length * 2)
    for (const number of placed) this.place(number - 1)
  }
}

/** A hash of the `width` integers at `at`. */
export function hashTuple(from: Uint32Array, at: number, width: number): number {
  let hash = 0
  for (let i = 0; i < width; i++) hash = mix(hash, from[at + i] as number)
  return hash
}
