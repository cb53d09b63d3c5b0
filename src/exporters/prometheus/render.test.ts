import { expect, test } from 'vitest'
import { type Family, familyOf } from './family.ts'
import { PAGE_BYTES } from './page.ts'
import { render } from './render.ts'
import type { Rows } from './rows.ts'

const gauge = {
  name: 'a',
  unit: '{x}',
  description: 'd',
  attributes: [],
  optIn: [],
  instrument: 'gauge',
} as const
const family = familyOf(gauge, '')

/** Rows of equal labels that are counted through. */
function rowsOf(length: number, labels = 'a{b="c"} ', of: Family = family): Rows {
  const values = Float64Array.from({ length }, (_, i) => i)
  return { family: of, length, values, counts: new Float64Array(), stride: 0, labels: () => labels }
}

async function written(rows: readonly Rows[]): Promise<string[]> {
  const pages: string[] = []
  for await (const page of render(rows, 'text')) pages.push(Buffer.from(page).toString())
  return pages
}
const lines = (count: number, labels = 'a{b="c"} ') =>
  Array.from({ length: count }, (_, i) => `${labels}${i}\n`).join('')

test('pages are of a size, and all of them are the whole', async () => {
  const pages = await written([rowsOf(20_000)])

  expect(pages.join('')).toBe(family.head.text + lines(20_000))
  expect(pages.length).toBeGreaterThan(3)
  for (const page of pages) expect(page.length).toBeLessThanOrEqual(PAGE_BYTES)
})

test('the event loop has a turn after each page', async () => {
  let turns = 0
  let over = false
  const turn = () => {
    turns++
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  const pages = await written([rowsOf(50_000)])
  over = true

  expect(turns).toBeGreaterThanOrEqual(pages.length - 1)
})

test('two at once do not get into each other', async () => {
  const [one, two] = await Promise.all([
    written([rowsOf(30_000, 'one ')]),
    written([rowsOf(10_000, 'two '), rowsOf(20_000, 'three ')]),
  ])

  expect(one.join('')).toBe(family.head.text + lines(30_000, 'one '))
  expect(two.join('')).toBe(
    `${family.head.text}${lines(10_000, 'two ')}${family.head.text}${lines(20_000, 'three ')}`,
  )
})

test('one that fails leaves nothing in another that is under way', async () => {
  const broken = {
    ...rowsOf(10_000),
    labels(row: number) {
      if (row > 5000) throw new Error('broken')
      return 'broken '
    },
  }
  const [whole, failed] = await Promise.allSettled([written([rowsOf(30_000)]), written([broken])])

  expect(failed.status).toBe('rejected')
  expect(whole).toEqual({ status: 'fulfilled', value: expect.anything() })
  expect((whole as PromiseFulfilledResult<string[]>).value.join('')).toBe(family.head.text + lines(30_000))
  expect((await written([rowsOf(1)])).join('')).toBe(family.head.text + lines(1))
})
