import { expect, test } from 'vitest'
import { Random } from '../../../test/rig/random.ts'
import { hashTuple, Tuples } from './tuples.ts'

const key = (...items: number[]) =>
  [Uint32Array.from(items), 0, hashTuple(Uint32Array.from(items), 0, 2)] as const

test.each([1, 7, 0xffffffff])(
  'with hashes taken modulo %i, tuples are found as a Map finds them',
  (modulus) => {
    const random = new Random((modulus % 1000) + 1)
    const tuples = new Tuples(2)
    const expected = new Map<string, number>()
    const free = Array.from({ length: 300 }, (_, i) => 299 - i)
    const hashOf = (items: Uint32Array) => hashTuple(items, 0, 2) % modulus

    for (let step = 0; step < 4000; step++) {
      const items = Uint32Array.of(random.below(20), random.below(20))
      const text = items.join()
      const known = expected.get(text)
      expect(tuples.find(items, 0, hashOf(items))).toBe(known ?? -1)
      if (known === undefined && free.length > 0) {
        const number = free.pop() as number
        tuples.set(number, items, 0, hashOf(items))
        expected.set(text, number)
      } else if (known !== undefined && random.below(2) === 0) {
        tuples.delete(known)
        expected.delete(text)
        free.push(known)
      }
      expect(tuples.size).toBe(expected.size)
    }
    for (const [text, number] of expected) {
      expect([tuples.item(number, 0), tuples.item(number, 1)].join()).toBe(text)
    }
  },
)

test('a tuple without items is one', () => {
  const tuples = new Tuples(0)
  expect(tuples.find(new Uint32Array(), 0, 0)).toBe(-1)
  tuples.set(0, new Uint32Array(), 0, 0)
  expect(tuples.find(new Uint32Array(), 0, 0)).toBe(0)
})

test('a tuple may stand anywhere in an array', () => {
  const tuples = new Tuples(2)
  tuples.set(5, ...key(3, 4))

  expect(tuples.find(Uint32Array.of(9, 9, 3, 4), 2, key(3, 4)[2])).toBe(5)
})
