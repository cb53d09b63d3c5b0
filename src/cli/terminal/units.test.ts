import { expect, test } from 'vitest'
import { formatBitRate, formatByteRate, formatCount, formatMany, formatShare } from './units.ts'

test.each([
  [0, '0 B/s'],
  [7, '7 B/s'],
  [1.24, '1.2 B/s'],
  [999, '999 B/s'],
  [999.5, '1.0 kB/s'],
  [1234, '1.2 kB/s'],
  [9949, '9.9 kB/s'],
  [9950, '10 kB/s'],
  [88_000_000, '88 MB/s'],
  [999_600_000, '1.0 GB/s'],
  [4.2e15, '4.2 PB/s'],
  [1e20, '100000 PB/s'],
])('%d bytes a second read %s', (rate, text) => expect(formatByteRate(rate)).toBe(text))

test('bits are eight times as many', () => expect(formatBitRate(101_500_000)).toBe('812 Mbit/s'))

test.each([
  [0, '0'],
  [4, '4'],
  [74_300, '74 k'],
  [1_250_000, '1.3 M'],
])('%d read %s', (count, text) => expect(formatMany(count)).toBe(text))

test.each([
  [0, '0'],
  [0.2, '0.2'],
  [9.94, '9.9'],
  [9.96, '10'],
  [61_204.4, '61,204'],
])('%d counted read %s', (count, text) => expect(formatCount(count)).toBe(text))

test.each([
  [1, '100.00 %'],
  [0.999_999, '99.99 %'], // not all
  [0.5, '50.00 %'],
  [0.0001, '0.01 %'],
  [0.000_001, '<0.01 %'], // not nothing
  [0, '0.00 %'],
])('a share of %d reads %s', (share, text) => expect(formatShare(share)).toBe(text))
