import { expect, test } from 'vitest'
import { batchOf } from '../../test/rig/batch.ts'
import { settingsOf } from '../../test/rig/settings.ts'
import type { PointBatch } from './point-batch.ts'
import { processor, type Transform } from './processor.ts'

const batch = batchOf({
  columns: { 'source.address': ['a', 'b'], 'destination.address': ['a', 'c'] },
  values: { 'netsonde.flow.io': [1, 2] },
})

function make(transform: Transform) {
  const got: PointBatch[] = []
  const made = processor('mine', () => transform).create({}, settingsOf('mine'), {
    consume: (batch) => void got.push(batch),
  })
  return Promise.resolve(made).then((made) => ({ made, got }))
}

test('hands on what consume makes of a batch', async () => {
  const { made, got } = await make({
    consume: (batch, next) =>
      next(batch.filter((point) => point.source.address !== point.destination.address)),
  })
  await made.start()
  await made.consume(batch)
  expect(got.map(({ length }) => length)).toEqual([1])
  await made[Symbol.asyncDispose]()
})

test('may drop a batch', async () => {
  const { made, got } = await make({ consume: () => {} })
  await made.consume(batch)
  expect(got).toEqual([])
})

test('may have a life of its own', async () => {
  const life: string[] = []
  const { made } = await make({
    consume: () => {},
    start: () => void life.push('start'),
    async [Symbol.asyncDispose]() {
      life.push('dispose')
    },
  })
  await made.start()
  await made[Symbol.asyncDispose]()
  expect(life).toEqual(['start', 'dispose'])
})
