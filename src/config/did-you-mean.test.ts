import { expect, test } from 'vitest'
import { formatList, nearest } from './did-you-mean.ts'

const keys = ['include', 'exclude', 'endpoint', 'path']

test.each([
  ['inlcude', 'include'], // swapped
  ['Include', 'include'],
  ['endpont', 'endpoint'], // left out
  ['pathh', 'path'], // one too many
  ['pith', 'path'],
  ['xyz', undefined],
  ['', undefined],
  ['p', undefined], // three of four letters would be a guess
  ['i'.repeat(1_000_000), undefined],
])('%.20s was meant as %s', (written, meant) => expect(nearest(written, keys)).toBe(meant))

test('a long list is cut, and says so', () => {
  const ten = Array.from({ length: 10 }, (_, i) => `k${i}`)
  expect(formatList(ten)).toBe(ten.join(', '))
  expect(formatList([...ten, 'k10', 'k11'])).toBe(`${ten.join(', ')} and 2 more`)
})
