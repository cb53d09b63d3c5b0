import { slots } from '../src/native/datapath.ts'
import { Addresses } from '../src/pipeline/addresses.ts'
import { createLogger } from '../src/pipeline/log.ts'
import { SeriesStore } from '../src/pipeline/series-store.ts'
import type { CardinalityLimitConfig } from '../src/processors/cardinality_limit/config.ts'
import { createCardinalityLimit } from '../src/processors/cardinality_limit/processor.ts'
import { flowBatch } from '../src/receivers/flows/flow-batch.ts'
import { Owed } from '../src/receivers/flows/owed.ts'
import { Places } from '../src/receivers/flows/places.ts'
import { Paths } from '../src/receivers/flows/slots.ts'
import { Tunnels } from '../src/receivers/flows/tunnels.ts'
import type { Figure, Figures } from './figures.ts'
import { cluster, everybody, everything, generationOf, type Peers } from './generation.ts'
import { bestOf } from './rounds.ts'

const MANY = 50_000
/** Other connections in each, so that nothing is known but what may be known of real traffic. */
const GENERATIONS = 12
const MAX_ADDRESSES = 262_144 // as receivers/ebpf

/** What the process does with a connection once the kernel has handed it over, by the number of connections in an interval. */
export async function userFigures(): Promise<Figures> {
  const defaults = await pipeline(MANY, 12, cluster, {})
  const few = await pipeline(10_000, 60, cluster, {})
  const strangers = await pipeline(MANY, 12, everybody, {})
  const metric = { enabled: true, attributes: everything, limit: undefined }
  const apart = await pipeline(MANY, 4, everybody, {
    'netsonde.flow.io': metric,
    'netsonde.flow.packets': metric,
    'netsonde.flow.count': metric,
  })
  const best = await bestOf({ defaults, few, strangers, apart })
  const figure = (value: number, about: string): Figure => ({ value, unit: 'ns', about })
  return {
    user_ns_per_flow: {
      ...figure(
        best.defaults,
        `a connection of ${MANY} between the addresses of a cluster in user space: rows, three metrics, default attributes`,
      ),
      reach: 200,
    },
    user_ns_per_flow_10k: figure(best.few, 'the same of 10000'),
    user_strangers_ns_per_flow: figure(best.strangers, 'the same of 50000, each from an address that is new'),
    user_new_series_ns_per_flow: figure(
      best.apart,
      'the same of 50000 with addresses and ports as attributes, each new, over the limit',
    ),
  }
}

/**
 * @param times generations in one measurement: it is to be long against the tick of the clock
 * @returns gives generations to the receiver's and the processor's code, and says what a connection took
 */
async function pipeline(
  connections: number,
  times: number,
  peers: Peers,
  metrics: CardinalityLimitConfig['metrics'],
): Promise<() => Promise<number>> {
  const generations = Array.from({ length: GENERATIONS }, (_, i) =>
    generationOf(connections, i * connections, i, peers),
  )
  const paths = new Paths(slots(), new Places(), new Tunnels(), new Owed())
  const now = () => 0
  const processor = createCardinalityLimit(
    { default_limit: 2000, max_stale: 0, max_unacknowledged: 0, metrics },
    {
      id: 'cardinality_limit',
      log: createLogger('bench', () => {}, now),
      report() {},
      finished() {},
      now,
      resource: {},
      ready: () => true,
      telemetry: new SeriesStore(),
    },
    { consume() {} },
  )
  let addresses = new Addresses()
  let turn = 0
  async function next(): Promise<void> {
    const generation = generations[turn % GENERATIONS] as (typeof generations)[number]
    if (addresses.size > MAX_ADDRESSES) addresses = new Addresses()
    const interval = { startMs: turn * 5000, endMs: ++turn * 5000 }
    await processor.consume(
      flowBatch({ ...generation, ...interval }, paths, addresses, { value: () => 'eth0' }).batch,
    )
  }
  return async () => {
    const before = process.threadCpuUsage() // what else the machine does is not in it
    for (let i = 0; i < times; i++) await next()
    const { user, system } = process.threadCpuUsage(before) // microseconds, by the clock's tick
    return ((user + system) * 1000) / (times * connections)
  }
}
