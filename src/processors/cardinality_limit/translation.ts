import type { Dictionary } from '../../pipeline/point-batch.ts'
import { UNKNOWN, type Values } from './values.ts'

/** Ids above are looked up in a Map: an array would be mostly empty. */
const MAX_DENSE = 2 ** 22
const FIRST_CAPACITY = 64

/** What a dictionary's ids are in Values, each looked up once: of a lasting dictionary for good, else once a batch. */
export class Translation {
  private readonly dictionary: Dictionary
  private readonly values: Values
  /** 0: not looked up; > 0: a number of Values; < 0: unknown in the batch -n. */
  private numbers = new Int32Array(FIRST_CAPACITY)
  private readonly sparse = new Map<number, number>()
  private batch = 0
  private generation = 0

  constructor(dictionary: Dictionary, values: Values) {
    this.dictionary = dictionary
    this.values = values
  }

  /** @param batch its number, from 1, which rises */
  begin(batch: number): void {
    if (this.batch === batch) return
    this.batch = batch
    if (this.dictionary.lasting && this.generation === this.values.generation) return
    this.generation = this.values.generation
    this.numbers.fill(0)
    this.sparse.clear()
  }

  /** The number in Values, or UNKNOWN. */
  find(id: number): number {
    const known = id < MAX_DENSE ? (this.numbers[id] as number | undefined) : this.sparse.get(id)
    if (known !== undefined && known !== 0) {
      if (known > 0) return known
      if (known === -this.batch) return UNKNOWN
    }
    const found = this.values.find(this.dictionary, id)
    this.learn(id, found === UNKNOWN ? -this.batch : found)
    return found
  }

  intern(id: number): number {
    const number = this.values.intern(this.dictionary, id)
    this.learn(id, number)
    return number
  }

  private learn(id: number, number: number): void {
    if (id >= MAX_DENSE) {
      this.sparse.set(id, number)
      return
    }
    if (id >= this.numbers.length) {
      const grown = new Int32Array(2 ** Math.ceil(Math.log2(id + 1)))
      grown.set(this.numbers)
      this.numbers = grown
    }
    this.numbers[id] = number
  }
}

/** The translations of all dictionaries that live. */
export class Translations {
  private readonly values: Values
  private readonly known = new WeakMap<Dictionary, Translation>()
  private batch = 0

  constructor(values: Values) {
    this.values = values
  }

  /** Call before a batch is looked at. */
  begin(): void {
    this.values.collect()
    this.batch++
  }

  of(dictionary: Dictionary): Translation {
    let found = this.known.get(dictionary)
    if (!found) {
      found = new Translation(dictionary, this.values)
      this.known.set(dictionary, found)
    }
    found.begin(this.batch)
    return found
  }
}
