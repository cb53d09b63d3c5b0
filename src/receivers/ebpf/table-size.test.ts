import { expect, test } from 'vitest'
import { defaultMaxFlows } from './table-size.ts'

const GIB = 2 ** 30

test.each([
  [0.5, 131_072],
  [4, 131_072],
  [37.4, 131_072],
  [37.6, 262_144],
  [74.9, 262_144],
  [75.1, 524_288],
  [149.9, 524_288],
  [150.1, 1_048_576],
  [4096, 1_048_576],
])('of %d GiB: %d connections', (gib, connections) => expect(defaultMaxFlows(gib * GIB)).toBe(connections))

test('this machine has room for 100,000', () => expect(defaultMaxFlows()).toBeGreaterThan(100_000))
