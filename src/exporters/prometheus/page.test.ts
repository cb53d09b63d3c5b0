import { expect, test } from 'vitest'
import { PAGE_BYTES, Page } from './page.ts'

const read = (page: Page) => Buffer.from(page.take()).toString('latin1')

/** Around each number of digits, and where the parts of 32 bits meet. */
const edges = Array.from({ length: 16 }, (_, i) => 10 ** i).flatMap((power) => [
  power - 1,
  power,
  power + 1,
  power * 7,
])

test.each([
  ...edges.filter(Number.isSafeInteger),
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 1e9 * 2 ** 22, 2 ** 53 - 1, 2 ** 53],
  ...[-1, 0.5, 1e21, 1e-7, Number.NaN, 5e-324, -1.7976931348623157e308],
])('%d is written as JavaScript would', (value) => {
  const page = new Page()
  page.numberAndNewline(value)
  expect(read(page)).toBe(`${value}\n`)
})

test.each([
  [Number.POSITIVE_INFINITY, '+Inf\n'],
  [Number.NEGATIVE_INFINITY, '-Inf\n'],
  [-0, '0\n'],
])('%d is %j', (value, text) => {
  const page = new Page()
  page.numberAndNewline(value)
  expect(read(page)).toBe(text)
})

test('text that is longer than a page is written whole, and what was taken stays as it was', () => {
  const page = new Page()
  const long = 'x'.repeat(PAGE_BYTES * 3)
  page.text('before ')
  page.text(long)
  page.numberAndNewline(7)
  expect(page.isFull).toBe(true)
  const taken = page.take()
  page.text('after')

  expect(Buffer.from(taken).toString()).toBe(`before ${long}7\n`)
  expect(read(page)).toBe('after')
})
