import { expect, test } from 'vitest'
import { churn, type Held } from '../../../bench/churn.ts'
import { RESERVE } from './reserve.ts'

test('what is held does not grow with the connections that pass, and all of them are counted', async () => {
  const [connections, limit] = [2500, 200]
  const held: Held[] = []
  for await (const each of churn(20, connections, limit, 2500)) held.push(each)

  const { series, counted } = held.at(-1) as Held
  expect(series).toBeLessThanOrEqual(limit + RESERVE)
  expect(counted).toBe(held.length * connections * 4000 + bytesBack(held.length * connections))
  // From where series have come and gone on: the text of an address for each connection would be 1.5 MB.
  const [early, late] = [held.slice(8, 14), held.slice(-6)].map((part) =>
    Math.min(...part.map(({ bytes }) => bytes)),
  )
  expect((late as number) - (early as number)).toBeLessThan(700_000)
}, 30_000)

/** Of the first connections of bench/generation.ts, on their way to the server. */
function bytesBack(connections: number): number {
  let sum = 0
  for (let number = 0; number < connections; number++) sum += 300 + (number % 1000)
  return sum
}
