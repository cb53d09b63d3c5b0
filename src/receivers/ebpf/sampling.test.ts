import { expect, test } from 'vitest'
import { generation } from '../../../test/rig/generation.ts'
import { PointBatch } from '../../pipeline/point-batch.ts'
import { estimated, relativeError } from './sampling.ts'

const batch = () =>
  new PointBatch({
    startMs: 1,
    endMs: 2,
    length: 2,
    columns: new Map([
      ['network.type', { ids: Uint8Array.of(4, 6), dictionary: { value: (id) => `ipv${id}` } }],
    ]),
    values: new Map([
      ['netsonde.flow.io', Float64Array.of(60, Number.NaN)],
      ['netsonde.flow.packets', Float64Array.of(1, Number.NaN)],
      ['netsonde.flow.count', Float64Array.of(1, 1)],
    ]),
  })

test.each([
  [1, undefined, 60, 1],
  [100, 'true', 6000, 100],
])('one in %d', (sampling, mark, bytes, packets) => {
  const rows = Array.from(estimated(batch(), sampling), (point) => [
    point.attribute('network.type'),
    point.attribute('netsonde.estimated'),
    point.value('netsonde.flow.io'),
    point.value('netsonde.flow.packets'),
    point.value('netsonde.flow.count'),
  ])
  expect(rows).toEqual([
    ['ipv4', mark, bytes, packets, 1],
    ['ipv6', mark, NaN, NaN, 1],
  ])
})

const errorOf = (sizes: number[], sampling: number) => {
  const seen = { packets: sizes.length, bytes: sizes.reduce((all, size) => all + size, 0) }
  const squareBytes = sizes.reduce((all, size) => all + size ** 2, 0)
  const [point] = relativeError(generation([], { seen, squareBytes }), sampling)
  return point?.value('netsonde.capture.relative_error')
}

test.each<[title: string, sizes: number[], sampling: number, error: number]>([
  [
    'equal packets: 1/sqrt(n), less what a whole count would know',
    new Array(100).fill(60),
    4,
    Math.sqrt(0.75) / 10,
  ],
  ['one packet tells little', [1000], 100, Math.sqrt(0.99)],
  ['a super-packet weighs more', [64_000, 100, 100], 2, 64_000.156 / 64_200 / Math.sqrt(2)],
  ['nothing', [], 10, Number.NaN],
])('relative error: %s', (_, sizes, sampling, error) => {
  if (Number.isNaN(error)) expect(errorOf(sizes, sampling)).toBeNaN()
  else expect(errorOf(sizes, sampling)).toBeCloseTo(error, 6)
})

test('the error is what estimates are off by, over many samples', () => {
  const sizes = Array.from({ length: 400 }, (_, i) => (i % 10 === 0 ? 64_000 : 100))
  const truth = sizes.reduce((all, size) => all + size, 0)
  let state = 1
  const chance = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  let squaredOff = 0
  let squaredSaid = 0
  const rounds = 4000
  for (let round = 0; round < rounds; round++) {
    const sample = sizes.filter(() => chance() < 1 / 4)
    const estimate = sample.reduce((all, size) => all + size, 0) * 4
    squaredOff += (estimate - truth) ** 2
    squaredSaid += ((errorOf(sample, 4) as number) * estimate) ** 2
  }
  expect(squaredSaid / squaredOff).toBeGreaterThan(0.9)
  expect(squaredSaid / squaredOff).toBeLessThan(1.1)
})
