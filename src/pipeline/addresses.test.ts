import { expect, test } from 'vitest'
import { Addresses } from './addresses.ts'

/** The 16 bytes of an address as words, from its groups. */
const words = (...groups: number[]) =>
  new Uint32Array(new Uint8Array(groups.flatMap((group) => [group >> 8, group & 0xff])).buffer)
const v4 = (a: number, b: number, c: number, d: number) =>
  words(0, 0, 0, 0, 0, 0xffff, (a << 8) | b, (c << 8) | d)

test.each([
  [v4(10, 0, 1, 7), '10.0.1.7'],
  [v4(0, 0, 0, 0), '0.0.0.0'],
  [v4(255, 255, 255, 255), '255.255.255.255'],
  [words(0, 0, 0, 0, 0, 0, 0, 0), '::'],
  [words(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
  [words(0xfe80, 0, 0, 0, 0x1, 0x2, 0x3, 0x4), 'fe80::1:2:3:4'],
  [words(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), '2001:db8::1:0:0:1'], // RFC 5952 4.2.3: the first of two equal runs
  [words(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), '2001:db8:0:1:1:1:1:1'], // RFC 5952 4.2.2: one group is not shortened
])('%j is written %s', (address, text) => {
  const addresses = new Addresses()
  expect(addresses.value(addresses.intern(address, 0))).toBe(text)
})

test('an address has one id, however often it comes and however many come between', () => {
  const addresses = new Addresses()
  const first = new Map<number, number>()
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 50_000; i++) {
      const id = addresses.intern(words(0x2001, 0xdb8, i & 7, 0, 0, 0, i >> 8, i), 0)
      if (round === 0) first.set(i, id)
      else expect(id).toBe(first.get(i))
    }
  expect(addresses.size).toBe(50_000)
  expect(new Set(first.values()).size).toBe(50_000)
})

test('reads the address at the given word', () => {
  const addresses = new Addresses()
  const two = new Uint32Array([...v4(1, 1, 1, 1), ...v4(2, 2, 2, 2)])
  expect([0, 4].map((at) => addresses.value(addresses.intern(two, at)))).toEqual(['1.1.1.1', '2.2.2.2'])
})
