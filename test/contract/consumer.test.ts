import { describe, expect, test } from 'vitest'
import type { Consumer } from '../../src/pipeline/component.ts'
import { type AttributeValue, PointBatch } from '../../src/pipeline/point-batch.ts'
import { createCardinalityLimit } from '../../src/processors/cardinality_limit/processor.ts'
import { batchOf } from '../rig/batch.ts'
import { settingsOf } from '../rig/settings.ts'
import { casesOf } from './cases.ts'
import { configOf } from './config-of.ts'

const traffic = batchOf({
  columns: { 'network.transport': ['tcp', 'udp'], 'network.type': ['ipv4', undefined] },
  values: { 'netsonde.flow.io': [100, Number.NaN] },
})
const strange = new PointBatch({
  startMs: 0,
  endMs: 5000,
  length: 2,
  columns: new Map(
    [...traffic.columns].flatMap(([name, column]) => [
      [name, column],
      ['no.such' as never, column],
    ]),
  ),
  values: new Map([...traffic.values, ['no.metric' as never, Float64Array.of(1, 2)]]),
})

const batches: [string, PointBatch][] = [
  ['traffic', traffic],
  ['no rows', batchOf({ columns: { 'network.transport': [] }, values: { 'netsonde.flow.io': [] } })],
  ['no columns', batchOf({ values: { 'netsonde.flow.io': [1] } })],
  ['no values', batchOf({ columns: { 'network.transport': [] }, values: {} })],
  ['columns and metrics that the catalogue does not have', strange],
]

describe.each(casesOf('processor'))('$name', ({ factory, written }) => {
  const made = (next: Consumer) =>
    factory.create(configOf(factory.schema, written), settingsOf(factory.type), next)

  test.each(batches)('takes %s and leaves the batch as it was', async (_, batch) => {
    await using processor = await made({ consume() {} })
    await processor.start()
    const before = copyOf(batch)
    await processor.consume(batch)

    expect(copyOf(batch)).toEqual(before)
  })

  test('waits for a consumer that is slow', async () => {
    const gate = Promise.withResolvers<void>()
    await using processor = await made({ consume: () => gate.promise })
    await processor.start()
    let taken = false
    const taking = Promise.resolve(processor.consume(traffic)).then(() => {
      taken = true
    })
    await new Promise(setImmediate) // whatever does not wait has settled by now
    expect(taken).toBe(false)

    gate.resolve()
    await taking
  })

  test('tells its sender that a consumer failed, and goes on', async () => {
    let fail = true
    const got: PointBatch[] = []
    await using processor = await made({
      async consume(batch) {
        if (fail) throw new Error('full')
        got.push(batch)
      },
    })
    await processor.start()
    await expect((async () => processor.consume(traffic))()).rejects.toThrow('full')

    fail = false
    await processor.consume(traffic)
    expect(got).toHaveLength(1)
  })
})

describe.each(casesOf('exporter'))('$name', ({ factory, written }) => {
  const made = () => factory.create(configOf(factory.schema, written), settingsOf(factory.type))

  test.each(batches)('takes %s, twice, and leaves the batch as it was', async (_, batch) => {
    await using exporter = await made()
    await exporter.start()
    const before = copyOf(batch)
    const processor = createCardinalityLimit(
      { default_limit: 10, max_stale: 600_000, max_unacknowledged: 3_600_000, metrics: {} },
      settingsOf('cardinality_limit'),
      exporter,
    )
    await processor.consume(batch)
    await processor.consume(batch)

    expect(copyOf(batch)).toEqual(before)
  })

  test('refuses a batch that was not added up', async () => {
    await using exporter = await made()
    await exporter.start()

    await expect((async () => exporter.consume(traffic))()).rejects.toMatchObject({
      code: 'BATCH_NOT_ADDED_UP',
    })
  })
})

/** All that a batch holds, by value. */
function copyOf({ startMs, endMs, length, columns, values }: PointBatch): unknown {
  return {
    startMs,
    endMs,
    length,
    columns: [...columns].map(([name, { ids, dictionary }]) => [
      name,
      Array.from(ids, (id): AttributeValue | undefined => dictionary.value(id)),
    ]),
    values: [...values].map(([name, column]) => [name, [...column]]),
  }
}
