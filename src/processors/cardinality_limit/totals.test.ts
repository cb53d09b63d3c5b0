import { expect, test } from 'vitest'
import { batchOf } from '../../../test/rig/batch.ts'
import { Random } from '../../../test/rig/random.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import type { AttributeName } from '../../catalogue/attributes.ts'
import { metrics } from '../../catalogue/metrics.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import { RESERVE } from './budget.ts'
import { createCardinalityLimit } from './processor.ts'

const [io] = metrics.filter(({ name }) => name === 'netsonde.flow.io') as [(typeof metrics)[number]]
const bounded = io.attributes
const names: readonly AttributeName[] = [...bounded, ...io.optIn]

/** Some attributes have few values, some many, each is missing in some rows, and columns in some batches. */
function randomBatch(random: Random, transports: number): PointBatch {
  const rows = random.below(400)
  const column = (name: AttributeName) => {
    const many = name === 'network.transport' ? transports : name.endsWith('address') ? 50 : 2
    const value = () => random.below(many + 1)
    return Array.from({ length: rows }, value).map((found) => (found === many ? undefined : found))
  }
  const present = names.filter(() => random.below(4) > 0)
  const amount = () => (random.below(5) === 0 ? Number.NaN : random.below(1_000_000))
  return batchOf({
    columns: Object.fromEntries(present.map((name) => [name, column(name)])),
    values: { [io.name]: Array.from({ length: rows }, amount) },
  })
}

class Totals {
  readonly of = new Map<string, number>()

  /** @param read what the row or the series has for an attribute */
  add(read: (name: AttributeName) => unknown, among: readonly AttributeName[], value: number): void {
    for (const key of ['all', ...among.map((name) => `${name}=${read(name)}`)]) {
      this.of.set(key, (this.of.get(key) ?? 0) + value)
    }
  }
}

test.each([
  ['within the reserve', 2],
  ['beyond the reserve', 300],
])('of random batches with other series %s, totals are exact', async (_, transports) => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed)
    const attributes = names.filter(() => random.below(2) === 0)
    const limit = 1 + random.below(100)
    const stores = new Set<SeriesStore>()
    const processor = createCardinalityLimit(
      { default_limit: 2000, metrics: { [io.name]: { enabled: true, attributes, limit } } },
      settingsOf('cardinality_limit'),
      { consume: (batch) => void stores.add(batch.store as SeriesStore) },
    )
    const last = new Map<object, number>()
    // Of a bounded attribute each value's total is exact too, until the reserve is full.
    const exact = transports < RESERVE ? bounded.filter((name) => attributes.includes(name)) : []
    const put = new Totals()

    for (let i = 0; i < 8; i++) {
      const batch = randomBatch(random, transports)
      for (const point of batch) {
        const value = point.value(io.name)
        if (!Number.isNaN(value)) put.add((name) => point.attribute(name), exact, value)
      }
      await processor.consume(batch)

      for (const store of stores)
        for (const { attributes, value } of store.of(io)) {
          expect(value).toBeGreaterThanOrEqual(last.get(attributes) ?? 0)
          last.set(attributes, value)
        }
    }

    const found = new Totals()
    for (const [attributes, value] of last as Map<Record<string, unknown>, number>)
      found.add((name) => attributes[name], exact, value)
    expect(found.of).toEqual(put.of)
    expect(last.size).toBeLessThanOrEqual(limit + RESERVE)
    expect(new Set([...last.keys()].map((attributes) => JSON.stringify(attributes))).size).toBe(last.size)
  }
})
