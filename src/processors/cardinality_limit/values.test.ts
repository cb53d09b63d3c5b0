import { expect, test } from 'vitest'
import { Addresses } from '../../pipeline/addresses.ts'
import type { AttributeValue, Dictionary } from '../../pipeline/point-batch.ts'
import { Translations } from './translation.ts'
import { NONE, OTHER, UNKNOWN, Values } from './values.ts'

const texts = (...values: (AttributeValue | undefined)[]): Dictionary => ({ value: (id) => values[id] })

function addresses(...hosts: number[]): Addresses {
  const made = new Addresses()
  for (const host of hosts) {
    const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, host)
    made.intern(new Uint32Array(bytes.buffer), 0)
  }
  return made
}

function held(values: Values, dictionary: Dictionary, id: number): number {
  const number = values.intern(dictionary, id)
  values.hold(number)
  return number
}

test.each([
  [undefined, NONE],
  ['', NONE],
  ['other', OTHER],
  ['never seen', UNKNOWN],
])('%j has the number %i', (value, number) => {
  expect(new Values().find(texts(value), 0)).toBe(number)
})

test.each<[string, Dictionary, Dictionary]>([
  ['443 and "443"', texts(443), texts('443')],
  ['"443" and 443', texts('443'), texts(443)],
  ['an address and its text', addresses(7), texts('10.0.0.7')],
  ['a text and its address', texts('10.0.0.7'), addresses(7)],
  ['the same address of two dictionaries', addresses(7), addresses(1, 7)],
])('%s are one value', (_, one, two) => {
  const values = new Values()
  const number = held(values, one, 0)
  const other = two instanceof Addresses ? two.size - 1 : 0

  expect(values.find(two, other)).toBe(number)
  expect(values.intern(two, other)).toBe(number)
})

test.each<[string, Dictionary, Dictionary]>([
  ['"0443" and 443', texts('0443'), texts(443)],
  ['"4.0" and 4', texts('4.0'), texts(4)],
  ['two addresses', addresses(7), addresses(8)],
])('%s are two', (_, one, two) => {
  const values = new Values()
  held(values, one, 0)

  expect(values.find(two, 0)).toBe(UNKNOWN)
})

test.each<[string, Dictionary]>([
  ['a text', texts('a')],
  ['an address', addresses(7)],
  ['an address as text', texts('10.0.0.7')],
])('%s that nobody holds is forgotten, but not before the next batch', (_, dictionary) => {
  const values = new Values()
  const number = held(values, dictionary, 0)
  values.hold(number)
  values.release(number)
  values.collect()
  expect(values.find(dictionary, 0)).toBe(number)

  values.release(number)
  expect(values.find(dictionary, 0)).toBe(number)
  values.collect()
  expect([values.find(dictionary, 0), values.size]).toEqual([UNKNOWN, 0])
  expect(held(values, texts('b'), 0)).toBe(number)
})

test('what is let go and held again in one batch stays', () => {
  const values = new Values()
  const number = held(values, texts('a'), 0)
  values.release(number)
  values.hold(number)
  values.release(number)
  values.hold(number)
  values.collect()

  expect(values.value(number)).toBe('a')
})

test.each([
  ['lasting', true],
  ['not lasting', false],
])('a dictionary that is %s is asked again only when it must be', (_, lasting) => {
  const values = new Values()
  const translations = new Translations(values)
  let asked = 0
  const value = () => {
    asked++
    return 'a'
  }
  const dictionary: Dictionary = { value, ...(lasting && { lasting }) }
  const number = held(values, texts('a'), 0)
  for (let batch = 0; batch < 3; batch++) {
    translations.begin()
    for (let row = 0; row < 5; row++) expect(translations.of(dictionary).find(9)).toBe(number)
  }
  expect(asked).toBe(lasting ? 1 : 3)

  values.release(number)
  translations.begin()
  expect(translations.of(dictionary).find(9)).toBe(UNKNOWN)
})

test.each([0, 1000, 2 ** 31])(
  'the id %i, unknown at first, is found once it is held, in the same batch too',
  (id) => {
    const values = new Values()
    const translations = new Translations(values)
    translations.begin()
    const translation = translations.of({ value: () => 'a', lasting: true })
    expect(translation.find(id)).toBe(UNKNOWN)
    const number = translation.intern(id)

    expect(translation.find(id)).toBe(number)
  },
)
