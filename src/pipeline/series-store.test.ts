import { expect, test } from 'vitest'
import { observe } from '../../test/rig/observe.ts'
import { type Metric, metricByName } from '../catalogue/metrics.ts'
import { MetricSeries } from './metric-series.ts'
import { SeriesStore } from './series-store.ts'

const io = metricByName.get('netsonde.flow.io') as NonNullable<ReturnType<typeof metricByName.get>>
const never = Number.POSITIVE_INFINITY

function filled(count: number) {
  const store = new SeriesStore()
  const series = store.of(io)
  const slots = Array.from({ length: count }, (_, i) => {
    const slot = series.create({ 'source.port': i }, 1000 * i)
    series.add(slot, i, 1000 * i + 500)
    return slot
  })
  return { store, series, slots }
}

test('a thousand series have what was put in, whatever grew meanwhile', () => {
  const { series } = filled(1000)

  expect([series.size, series.live, series.end]).toEqual([1000, 1000, 1000])
  expect([...series]).toEqual(
    Array.from({ length: 1000 }, (_, i) => ({
      attributes: { 'source.port': i },
      startMs: 1000 * i,
      updatedMs: 1000 * i + 500,
      value: i,
    })),
  )
})

test('the attributes of a series are one frozen object', () => {
  const { series, slots } = filled(1)
  const [slot] = slots as [number]

  expect(series.attributes(slot)).toBe(series.attributes(slot))
  expect(Object.isFrozen(series.attributes(slot))).toBe(true)
})

test('a series that ended stays, with what it held, until each cursor has acknowledged it', () => {
  const { store, series, slots } = filled(2)
  const [slot] = slots as [number]
  const [one, two] = [store.cursor(), store.cursor()]
  const before = store.asOf
  series.finish(slot, 0)
  const after = store.asOf

  one.acknowledge(after)
  two.acknowledge(before) // what it has delivered was read before the end
  store.release(0, never)
  expect([series.size, series.live, series.at(slot).value, series.epoch(slot) > 0]).toEqual([2, 1, 0, true])
  expect([one, two].map((cursor) => cursor.isDone(series.endedAt(slot)))).toEqual([true, false])

  two.acknowledge(after)
  store.release(0, never)
  expect([series.size, series.live, series.epoch(slot), series.unacknowledged]).toEqual([1, 1, 0, 0])
})

test.each([
  ['no cursor: nobody is waited for', []],
  ['a cursor that was disposed is not waited for', ['dispose']],
])('%s', (_, steps) => {
  const { store, series, slots } = filled(1)
  for (const _ of steps) store.cursor()[Symbol.dispose]()
  series.finish(slots[0] as number, 0)
  store.release(0, never)

  expect([series.size, series.unacknowledged]).toEqual([0, 0])
})

test('what nobody acknowledges goes at the maximum age, and is counted', () => {
  const { store, series, slots } = filled(1)
  store.cursor()
  series.finish(slots[0] as number, 10_000)

  store.release(10_000 + 4999, 5000)
  expect([series.size, series.unacknowledged]).toEqual([1, 0])
  store.release(10_000 + 5000, 5000)
  expect([series.size, series.unacknowledged]).toEqual([0, 1])
})

test('an acknowledgement does not fall behind an earlier one', () => {
  const { store, series, slots } = filled(1)
  const cursor = store.cursor()
  series.finish(slots[0] as number, 0)
  cursor.acknowledge(store.asOf)
  cursor.acknowledge(0)
  store.release(0, never)

  expect(series.size).toBe(0)
})

test('a series that comes back before it went goes on, and ends anew', () => {
  const { store, series, slots } = filled(1)
  const [slot] = slots as [number]
  const cursor = store.cursor()
  series.finish(slot, 0)
  const first = store.asOf
  series.add(slot, 7, 99)
  cursor.acknowledge(first)
  store.release(0, never)
  expect([series.live, series.at(slot)]).toMatchObject([1, { value: 7, startMs: 0, updatedMs: 99 }])

  series.finish(slot, 0)
  expect(cursor.isDone(series.endedAt(slot))).toBe(false)
})

test('a slot that is used again has another epoch, its own attributes and begins at 0', () => {
  const { store, series, slots } = filled(3)
  const slot = slots[1] as number
  const epochs = [series.epoch(slot)]
  for (let i = 0; i < 5; i++) {
    series.finish(slot, 0)
    store.release(0, never)
    expect(series.create({ 'source.port': 100 + i }, 50)).toBe(slot)
    epochs.push(series.epoch(slot))
  }

  expect(new Set(epochs).size).toBe(6)
  expect(series.at(slot)).toEqual({
    attributes: { 'source.port': 104 },
    startMs: 50,
    updatedMs: 50,
    value: 0,
  })
  expect(series.end).toBe(3)
})

const duration = {
  ...io,
  instrument: 'histogram',
  unit: 's',
  buckets: [0.1, 0.5, 1],
} satisfies Metric

test.each([
  [0, 0],
  [0.1, 0], // a bound belongs to the bucket below it
  [0.10001, 1],
  [0.5, 1],
  [1, 2],
  [1.5, 3],
])('an observation of %f goes to bucket %i', (value, bucket) => {
  expect(new MetricSeries(duration).bucketOf(value)).toBe(bucket)
})

test('a histogram has counts by bucket and the sum, also where the arrays grew and a slot is used again', () => {
  const series = new MetricSeries(duration)
  const slots = Array.from({ length: 40 }, (_, i) => series.create({ 'source.port': i }, 0))
  for (const slot of slots) observe(series, slot, [0.25, 0.25, 2], 5)
  expect([...series].map(({ value, counts }) => [value, counts])).toEqual(
    slots.map(() => [2.5, [0, 2, 0, 1]]),
  )
  expect(series.counts.subarray(39 * series.stride, 40 * series.stride)).toEqual(Float64Array.of(0, 2, 0, 1))

  series.finish(3, 0)
  series.release(never, 0)
  expect(series.at(series.create({}, 0))).toMatchObject({ value: 0, counts: [0, 0, 0, 0] })
})
