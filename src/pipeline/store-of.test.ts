import { expect, test } from 'vitest'
import { batchOf } from '../../test/rig/batch.ts'
import { SeriesStore } from './series-store.ts'
import { storeOf } from './store-of.ts'

test('a batch that was added up has its store', () => {
  const store = new SeriesStore()

  expect(storeOf(batchOf({ values: {} }).withStore(store))).toBe(store)
})

test('one that was not is refused, with what is missing', () => {
  expect(() => storeOf(batchOf({ values: {} }))).toThrow(
    expect.objectContaining({
      code: 'BATCH_NOT_ADDED_UP',
      message: expect.stringContaining('cardinality_limit'),
    }),
  )
})
