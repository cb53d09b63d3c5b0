import { expect, test } from 'vitest'
import { Random } from '../../../test/rig/random.ts'
import { groupRows } from './groups.ts'

const none: Uint8Array[] = []

test.each([
  ['no rows', 0, none, []],
  ['no columns: one group', 3, none, [0, 0, 0]],
  ['one column', 4, [Uint8Array.of(7, 7, 0, 7)], [0, 0, 1, 0]],
  ['two columns', 4, [Uint8Array.of(1, 1, 2, 2), Uint8Array.of(5, 6, 5, 5)], [0, 1, 2, 2]],
  [
    'equal ids of different columns are different values',
    2,
    [Uint8Array.of(1, 2), Uint8Array.of(2, 1)],
    [0, 1],
  ],
  ['ids at the top of 32 bits', 3, [Uint32Array.of(2 ** 32 - 1, 0, 2 ** 32 - 1)], [0, 1, 0]],
  [
    'two columns at the top of 32 bits',
    3,
    [Uint32Array.of(2 ** 32 - 1, 0, 0), Uint32Array.of(0, 2 ** 32 - 1, 2 ** 32 - 2)],
    [0, 1, 2],
  ],
])('%s', (_, length, columns, groups) => {
  const found = groupRows(length, columns)

  expect([...found.ofRow]).toEqual(groups)
  expect(found.count).toBe(new Set(groups).size)
  expect([...found.firstRow]).toEqual([...new Set(groups)].map((group) => groups.indexOf(group)))
})

test.each([[1], [50], [5000], [2 ** 20]])('with ids below %i, groups are what text keys say', (width) => {
  const random = new Random(width)
  const columns = [0, 1, 2].map(() => Uint32Array.from({ length: 2000 }, () => random.below(width)))

  const { ofRow } = groupRows(2000, columns)

  const byText = new Map<string, number>()
  const expected = Array.from({ length: 2000 }, (_, row) => {
    const key = columns.map((ids) => ids[row]).join()
    if (!byText.has(key)) byText.set(key, byText.size)
    return byText.get(key)
  })
  expect([...ofRow]).toEqual(expected)
})
