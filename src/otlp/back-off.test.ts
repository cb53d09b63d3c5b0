import { expect, test } from 'vitest'
import { BackOff } from './back-off.ts'

const config = {
  enabled: true,
  initial_interval: 5000,
  randomization_factor: 0.5,
  multiplier: 1.5,
  max_interval: 30_000,
}
const middle = () => 0.5

test('it grows by the multiplier up to the longest, and begins anew after a success', () => {
  const backOff = new BackOff(config, middle)
  expect(Array.from({ length: 7 }, () => backOff.next())).toEqual([
    5000, 7500, 11_250, 16_875, 25_312.5, 30_000, 30_000,
  ])
  backOff.reset()
  expect(backOff.next()).toBe(5000)
})

test.each([
  [0, 2500],
  [0.5, 5000],
  [1, 7500],
])('where chance says %d the first is %d ms', (chance, ms) => {
  expect(new BackOff(config, () => chance).next()).toBe(ms)
})

test.each([
  [undefined, 5000],
  [1000, 5000],
  [9000, 9000],
  [3_600_000, 600_000],
])('a receiver that asks for %d ms gets %d', (asked, ms) => {
  expect(new BackOff(config, middle).next(asked)).toBe(ms)
})

test('a first interval above the longest is the longest', () => {
  expect(new BackOff({ ...config, initial_interval: 60_000 }, middle).next()).toBe(30_000)
})
