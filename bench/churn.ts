import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { slots } from '../src/native/datapath.ts'
import { Addresses } from '../src/pipeline/addresses.ts'
import type { Cursor } from '../src/pipeline/cursor.ts'
import { createLogger } from '../src/pipeline/log.ts'
import type { PointBatch } from '../src/pipeline/point-batch.ts'
import { SeriesStore } from '../src/pipeline/series-store.ts'
import { createCardinalityLimit } from '../src/processors/cardinality_limit/processor.ts'
import { flowBatch } from '../src/receivers/flows/flow-batch.ts'
import { Owed } from '../src/receivers/flows/owed.ts'
import { Places } from '../src/receivers/flows/places.ts'
import { Paths } from '../src/receivers/flows/slots.ts'
import { Tunnels } from '../src/receivers/flows/tunnels.ts'
import type { Figures } from './figures.ts'
import { everything, generationOf } from './generation.ts'

const MAX_STALE_MS = 30_000
const METRICS = ['netsonde.flow.io', 'netsonde.flow.packets', 'netsonde.flow.count'] as const

export interface Held {
  /** So far. */
  readonly connections: number
  /** On the heap and in typed arrays, after a collection. */
  readonly bytes: number
  /** Of netsonde.flow.io, those that ended and are not acknowledged yet among them. */
  readonly series: number
  /** All that was ever counted of netsonde.flow.io: what is held, and what went after it was acknowledged. */
  readonly counted: number
}

/**
 * Lets connections pass of which none comes twice, with addresses and ports as attributes, and yields after each interval
 * what is held. An exporter acknowledges all that it reads, and what nothing is put into ends after six intervals.
 *
 * @param limit series a metric
 * @param maxAddresses after which the receiver begins a new dictionary
 */
export async function* churn(
  intervals: number,
  connections: number,
  limit: number,
  maxAddresses: number,
): AsyncGenerator<Held> {
  let nowMs = 0
  let store: SeriesStore | undefined
  let cursor: Cursor | undefined
  let gone = 0
  const keep = (batch: PointBatch) => {
    if (store) return
    store = batch.store as SeriesStore
    cursor = store.cursor()
    const series = of(store)
    series.onFree((slot) => {
      gone += series.values[slot] as number
    })
  }
  const processor = createCardinalityLimit(
    {
      default_limit: limit,
      max_stale: MAX_STALE_MS,
      max_unacknowledged: 3_600_000,
      metrics: Object.fromEntries(
        METRICS.map((name) => [name, { enabled: true, attributes: everything, limit: undefined }]),
      ),
    },
    {
      id: 'cardinality_limit',
      log: createLogger(
        'churn',
        () => {},
        () => nowMs,
      ),
      report() {},
      finished() {},
      now: () => nowMs,
      resource: {},
      ready: () => true,
      telemetry: new SeriesStore(),
    },
    { consume: keep },
  )
  const paths = new Paths(slots(), new Places(), new Tunnels(), new Owed())
  let addresses = new Addresses()
  for (let interval = 0; interval < intervals; interval++) {
    if (addresses.size > maxAddresses) addresses = new Addresses()
    const generation = generationOf(connections, interval * connections, interval)
    nowMs = generation.endMs
    await processor.consume(flowBatch(generation, paths, addresses, { value: () => 'eth0' }).batch)
    const series = of(store as unknown as SeriesStore)
    const counted = gone + [...series].reduce((sum, { value }) => sum + value, 0)
    ;(cursor as unknown as Cursor).acknowledge((store as unknown as SeriesStore).asOf)
    yield { connections: (interval + 1) * connections, bytes: heldBytes(), series: series.size, counted }
  }
}

/** A million connections, 100,000 an interval, under 2,000 series a metric. */
export async function churnFigures(): Promise<Figures> {
  const held: Held[] = []
  for await (const each of churn(10, 100_000, 2000, 262_144)) held.push(each)
  const [, second, ...rest] = held.map(({ bytes }) => bytes / 1e6) as [number, number, ...number[]]
  const { connections } = held.at(-1) as Held
  return {
    churn_mb: {
      value: Math.max(second, ...rest),
      unit: 'MB',
      about: `most that was held while ${connections} connections passed, 100,000 an interval, 2,000 series a metric`,
    },
    churn_growth_mb: {
      value: (rest.at(-1) as number) - second,
      unit: 'MB',
      about: 'what was held after the last of them, less what was held after 200,000',
    },
  }
}

function of(store: SeriesStore) {
  for (const series of store) if (series.metric.name === 'netsonde.flow.io') return series
  throw new Error('the store has no netsonde.flow.io')
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect() // typed arrays go with the second
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
