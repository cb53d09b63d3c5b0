import { getHeapStatistics } from 'node:v8'
import { expect, test } from 'vitest'
import { batchOf } from '../../test/rig/batch.ts'
import type { PointBatch } from './point-batch.ts'

const batch = batchOf({
  columns: {
    'source.address': ['10.0.0.1', '10.0.0.2'],
    'source.port': [49152, undefined],
    'destination.address': ['10.0.0.2', '10.0.0.3'],
  },
  values: { 'netsonde.flow.io': [100, Number.NaN] },
})

test('a point reads as an object would', () => {
  const rows = Array.from(batch, (point) => [
    point.source.address,
    point.source.port,
    point.destination.address,
    point.destination.port,
    point.attribute('source.address'),
    point.value('netsonde.flow.io'),
    point.value('netsonde.flow.count'),
  ])

  expect(rows).toEqual([
    ['10.0.0.1', 49152, '10.0.0.2', undefined, '10.0.0.1', 100, Number.NaN],
    ['10.0.0.2', undefined, '10.0.0.3', undefined, '10.0.0.2', Number.NaN, Number.NaN],
  ])
})

test('two loops over a batch, one in the other, do not disturb each other', () => {
  const pairs: unknown[] = []
  for (const outer of batch) for (const inner of batch) pairs.push([outer.row, inner.row])

  expect(pairs).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])
})

test.each([
  ['none', () => false, []],
  ['some', (row: number) => row === 1, ['10.0.0.2']],
])('of the rows that are kept, %s, each has what it had', (_, keep, expected) => {
  const kept = batch.filter((point) => keep(point.row))

  expect(Array.from(kept, (point) => point.source.address)).toEqual(expected)
})

test('a filter that keeps all is the batch itself', () => {
  expect(batch.filter(() => true)).toBe(batch)
})

/** Bytes that the code takes from the heap, whatever is collected meanwhile. */
function allocatedBy(code: () => void): number {
  const taken = () =>
    (getHeapStatistics() as unknown as { total_allocated_bytes: number }).total_allocated_bytes
  const before = taken()
  code()
  return taken() - before
}

function bytesToAndFrom(from: PointBatch, address: string): number {
  let bytes = 0
  for (const point of from) {
    if (point.source.address === address || point.destination.address === address)
      bytes += point.value('netsonde.flow.io')
  }
  return bytes
}

test('a loop takes no memory for a row', ({ skip }) => {
  skip(!('total_allocated_bytes' in getHeapStatistics()), 'this Node does not tell what was allocated')
  const rows = 50_000
  const names = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
  const many = batchOf({
    columns: {
      'source.address': Array.from({ length: rows }, (_, i) => names[i % 3]),
      'destination.address': Array.from({ length: rows }, (_, i) => names[(i + 1) % 3]),
    },
    values: { 'netsonde.flow.io': Array.from({ length: rows }, (_, i) => i) },
  })
  // The least of many runs: the first ones are not compiled yet. The smallest object takes 12 bytes.
  const taken = Array.from({ length: 100 }, () => allocatedBy(() => bytesToAndFrom(many, '10.0.0.1')))
  expect(Math.min(...taken) / rows).toBeLessThan(4)
})
