import { isIP } from 'node:net'
import { Addresses, hashWords } from '../../pipeline/addresses.ts'
import type { AttributeValue, Dictionary } from '../../pipeline/point-batch.ts'
import { Tuples } from './tuples.ts'

/** Nobody holds such a value: so no series has it. */
export const UNKNOWN = 0
/** No value: `undefined` or ''. */
export const NONE = 1
/** The text `other`. */
export const OTHER = 2

/**
 * Numbers for the values that series have, whatever dictionary they come from. A value has a number as long as it is
 * held, so there are no more than the series need; what is only looked up leaves nothing behind.
 *
 * Two values that a consumer could not tell apart are one: 443 and "443", an address and its text.
 */
export class Values {
  private readonly texts = new Map<AttributeValue, number>([['other', OTHER]])
  private readonly addresses = new Tuples(4)
  /** By number: whether it is found by the words of an address too. */
  private readonly isAddress: boolean[] = []
  /** Addresses that have come as texts only. */
  private textual = 0
  private readonly values: (AttributeValue | undefined)[] = [undefined, undefined, 'other']
  private readonly holders: number[] = [0, 0, 0]
  private readonly free: number[] = []
  private readonly idle: number[] = []
  private freed = 0

  /** Values that are held. */
  get size(): number {
    return this.values.length - 3 - this.free.length
  }

  /** Changes when a number is given back: what was found earlier may not hold any more. */
  get generation(): number {
    return this.freed
  }

  /** The value itself; `undefined` for NONE. */
  value(number: number): AttributeValue | undefined {
    return this.values[number]
  }

  /** The number of a dictionary's value, or UNKNOWN. */
  find(dictionary: Dictionary, id: number): number {
    if (dictionary instanceof Addresses) {
      const found = this.addresses.find(dictionary.raw, id * 4, hashWords(dictionary.raw, id * 4))
      if (found >= 0) return found
      if (this.textual === 0) return UNKNOWN
    }
    const value = dictionary.value(id)
    return isNone(value) ? NONE : (this.texts.get(keyOf(value)) ?? UNKNOWN)
  }

  /** The number of a dictionary's value, which is given one if it has none. It is to be held before anything else. */
  intern(dictionary: Dictionary, id: number): number {
    const found = this.find(dictionary, id)
    if (found !== UNKNOWN && (this.isAddress[found] || !(dictionary instanceof Addresses))) return found
    const value = dictionary.value(id) as AttributeValue
    const number = this.texts.get(keyOf(value)) ?? this.add(value)
    if (dictionary instanceof Addresses) {
      this.addresses.set(number, dictionary.raw, id * 4, hashWords(dictionary.raw, id * 4))
      this.isAddress[number] = true
      this.textual--
    }
    return number
  }

  hold(number: number): void {
    this.holders[number] = (this.holders[number] as number) + 1
  }

  /** A number that nobody holds is free from the next collect() on. */
  release(number: number): void {
    const left = (this.holders[number] as number) - 1
    this.holders[number] = left
    if (left === 0 && number > OTHER) this.idle.push(number)
  }

  /** Frees what nobody holds. Call between batches: within one, what was found has to stay true. */
  collect(): void {
    for (const number of this.idle) {
      // It may be held again, or be in the list twice.
      if (this.holders[number] === 0 && this.values[number] !== undefined) this.remove(number)
    }
    this.idle.length = 0
  }

  private remove(number: number): void {
    this.texts.delete(keyOf(this.values[number] as AttributeValue))
    if (this.isAddress[number]) this.addresses.delete(number)
    else if (isAddress(this.values[number])) this.textual--
    this.isAddress[number] = false
    this.values[number] = undefined
    this.free.push(number)
    this.freed++
  }

  private add(value: AttributeValue): number {
    const number = this.free.pop() ?? this.values.length
    this.values[number] = value
    this.holders[number] = 0
    this.isAddress[number] = false
    if (isAddress(value)) this.textual++
    this.texts.set(keyOf(value), number)
    return number
  }
}

const isAddress = (value: AttributeValue | undefined) => typeof value === 'string' && isIP(value) !== 0
const isNone = (value: AttributeValue | undefined): value is undefined | '' =>
  value === undefined || value === ''

/** One key for a number and its text. */
function keyOf(value: AttributeValue): AttributeValue {
  if (typeof value === 'number') return value
  const first = value.charCodeAt(0)
  if ((first < 48 || first > 57) && first !== 45) return value // no digit, no minus
  return String(Number(value)) === value ? Number(value) : value
}
