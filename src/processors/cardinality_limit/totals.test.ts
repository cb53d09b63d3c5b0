import { expect, test } from 'vitest'
import { batchOf } from '../../../test/rig/batch.ts'
import { Random } from '../../../test/rig/random.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import type { AttributeName } from '../../catalogue/attributes.ts'
import { attributeByName } from '../../catalogue/attributes.ts'
import { type MetricName, metricByName } from '../../catalogue/metrics.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import type { MetricSeries } from '../../pipeline/metric-series.ts'
import { PointBatch } from '../../pipeline/point-batch.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import { createCardinalityLimit } from './processor.ts'
import { RESERVE } from './reserve.ts'
import { Cumulative, Delta, Exporter, Totals } from './testdata/consumers.ts'

const catalogued = (name: MetricName) =>
  metricByName.get(name) as NonNullable<ReturnType<typeof metricByName.get>>
const io = catalogued('netsonde.flow.io')
const overflowed = catalogued('netsonde.series.overflowed')
const collapsed = catalogued('netsonde.series.collapsed')
const names: readonly AttributeName[] = [...io.attributes, ...io.optIn]
const INTERVAL_MS = 5000
const STALE_MS = { min: 20_000, max: 60_000 }

/**
 * One interval: some endpoints send in it, a few of them most; who these are changes with time. Some attributes have few
 * values, some many, each is missing in some rows, and columns in some batches.
 */
function randomBatch(random: Random, interval: number, wide: boolean, addresses?: Addresses): PointBatch {
  const rows = random.below(120)
  const era = interval < 40 ? 0 : 40
  const many: Partial<Record<AttributeName, number>> = {
    'network.transport': wide ? 300 : 3,
    'source.port': 40,
    'destination.port': 5,
    'network.interface.name': 3,
    'network.type': 2,
  }
  const flows = Array.from({ length: rows }, () => {
    const heavy = random.below(3) > 0
    return { heavy, address: heavy ? era + random.below(10) : 100 + (interval >> 3) + random.below(60) }
  })
  const column = (name: AttributeName) =>
    flows.map(({ heavy, address }) => {
      if (name.endsWith('address')) return `10.0.0.${address}`
      const values = many[name] ?? 3
      const value = heavy || address % 2 > 0 ? (address + name.length) % values : random.below(values + 1)
      return value === values ? undefined : value
    })
  const present = names.filter(() => random.below(8) > 0)
  const startMs = interval * INTERVAL_MS
  const batch = batchOf({
    startMs,
    endMs: startMs + INTERVAL_MS,
    columns: Object.fromEntries(present.map((name) => [name, column(name)])),
    values: {
      [io.name]: flows.map(({ heavy }) =>
        random.below(9) === 0 ? Number.NaN : heavy ? 1000 + random.below(1_000_000) : random.below(100),
      ),
    },
  })
  if (!addresses) return batch
  // As receivers have them: one dictionary for all batches, whose ids stay.
  const ids = Uint32Array.from(flows, ({ address }) => addresses.intern(wordsOf(address), 0))
  const columns = new Map(batch.columns)
  for (const name of present) if (name.endsWith('address')) columns.set(name, { ids, dictionary: addresses })
  const { endMs, length, values } = batch
  return new PointBatch({ startMs, endMs, length, columns, values })
}

/** 10.0.0.x as an IPv4-mapped address. */
const wordsOf = (address: number) =>
  new Uint32Array(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, address).buffer)

interface Seen {
  readonly epoch: number
  readonly value: number
  readonly ended: boolean
  readonly startMs: number
  /** It ended before it was idle for long: a heavier one got its place. */
  readonly displaced: boolean
}

/** How often things happened that the test is about: it would prove nothing if they did not. */
const happened = {
  ended: 0,
  displaced: 0,
  cameBack: 0,
  replaced: 0,
  overflowed: 0,
  collapsed: 0,
  refused: 0,
  outages: 0,
}

/** One agent with three exporters, each with its own luck; what is to be true is looked at after every interval. */
async function story(seed: number, wide: boolean): Promise<void> {
  const random = new Random(seed)
  const attributes = names.filter(() => random.below(2) === 0)
  const limit = 1 + random.below(random.pick([5, 15, 60]))
  const maxStale = random.pick([0, STALE_MS.min, STALE_MS.max])
  const addresses = random.below(2) === 0 ? new Addresses() : undefined
  let nowMs = 0
  let store: SeriesStore | undefined
  const processor = createCardinalityLimit(
    {
      default_limit: 2000,
      max_stale: maxStale,
      max_unacknowledged: Number.MAX_SAFE_INTEGER,
      metrics: { [io.name]: { enabled: true, attributes, limit } },
    },
    settingsOf('cardinality_limit', { now: () => nowMs }),
    {
      consume(batch) {
        store = batch.store
      },
    },
  )
  const low = attributes.filter((name) => attributeByName.get(name)?.bounded)
  const put = new Totals(low)
  const gone = new Totals(low)
  const exporters: Exporter[] = []
  const last = new Map<string, Seen>()

  for (let interval = 0; interval < 80; interval++) {
    nowMs = (interval + 1) * INTERVAL_MS + random.below(500)
    const batch = randomBatch(random, interval, wide, interval % 5 > 0 ? addresses : undefined)
    for (const point of batch) {
      const value = point.value(io.name)
      const of = Object.fromEntries(low.map((name) => [name, point.attribute(name) as string]))
      if (!Number.isNaN(value)) put.add(of, value)
    }
    await processor.consume(batch)
    const series = (store as SeriesStore).of(io)
    if (exporters.length === 0) {
      series.onFree((slot) => gone.add(series.attributes(slot), series.values[slot] as number))
      exporters.push(...exportersOf(store as SeriesStore, low))
    }
    expect(look(series, last, nowMs, maxStale)).toEqual([])
    expect(series.size).toBeLessThanOrEqual(limit + RESERVE)
    expect(new Set([...series].map((each) => JSON.stringify(each.attributes))).size).toBe(series.size)

    const outage = interval % 30 > 20
    for (const [i, exporter] of exporters.entries()) {
      const arrives = random.below(3) > 0 && !(outage && i === 1)
      if (!arrives) happened.refused++
      if (outage && i === 1) happened.outages++
      exporter.export(series, arrives)
    }
  }

  await processor[Symbol.asyncDispose]()
  const series = (store as unknown as SeriesStore).of(io)
  for (const exporter of exporters) exporter.export(series, true)
  const sum = (metric: typeof io) =>
    [...(store as unknown as SeriesStore).of(metric)].find(isOfIo)?.value ?? 0
  happened.overflowed += sum(overflowed)
  happened.collapsed += sum(collapsed)
  for (const { attributes, value } of series) gone.add(attributes, value)

  // Where even `other` series had to do without an attribute, only the whole is exact.
  const exact = (totals: Totals) =>
    sum(collapsed) > 0 ? totals.of.get('all') : Object.fromEntries([...totals.of].sort())
  expect(exact(gone)).toEqual(exact(put))
  for (const { consumer } of exporters) {
    expect(consumer.objections).toEqual([])
    expect(exact(consumer.increases)).toEqual(exact(put))
  }
}

const isOfIo = ({ attributes }: { attributes: Readonly<Record<string, unknown>> }) =>
  attributes.metric === io.name

function exportersOf(store: SeriesStore, low: readonly string[]): Exporter[] {
  const made = () => store.cursor()
  const [pulled, pushed, delta] = [made(), made(), made()]
  return [
    new Exporter(store, pulled, new Cumulative(low, pulled)),
    new Exporter(store, pushed, new Cumulative(low, pushed)),
    new Exporter(store, delta, new Delta(low)),
  ]
}

/**
 * What changed since the last interval.
 *
 * @returns what is not to be: a sum that falls, an ended series that changes, one that returns with its old start
 */
function look(series: MetricSeries, last: Map<string, Seen>, nowMs: number, maxStale: number): string[] {
  const wrong: string[] = []
  for (let slot = 0; slot < series.end; slot++) {
    const epoch = series.epoch(slot)
    if (epoch === 0) continue
    const { attributes, value, startMs, updatedMs } = series.at(slot)
    const key = JSON.stringify(attributes)
    const before = last.get(key)
    const ended = series.endedAt(slot) !== 0
    if (before?.epoch === epoch) {
      if (value < before.value) wrong.push(`falls: ${key}`)
      if (before.ended && ended && value !== before.value) wrong.push(`changes after its end: ${key}`)
      if (before.ended && !ended) {
        if (before.displaced) wrong.push(`takes again what it gave up: ${key}`)
        happened.cameBack++
      }
    } else if (before) {
      if (startMs <= before.startMs) wrong.push(`has its old start: ${key}`)
      happened.replaced++
    }
    const ends = ended && !before?.ended
    const displaced = ends
      ? nowMs - updatedMs < (maxStale || Number.POSITIVE_INFINITY)
      : (before?.displaced ?? false)
    if (ends) happened.ended++
    if (ends && displaced) happened.displaced++
    last.set(key, { epoch, value, ended, startMs, displaced: ended && displaced })
  }
  return wrong
}

test.each([
  ['few', false],
  ['too many for the reserve', true],
])(
  'of random traffic with %s bounded values, what each consumer was told adds up to what there was',
  async (_, wide) => {
    for (let seed = 1; seed <= 20; seed++) await story(seed, wide)
  },
  60_000,
)

test('which is to say, also where series ended, were displaced, came back and began anew, and exports were refused', () => {
  for (const [what, times] of Object.entries(happened)) expect([what, times > 20]).toEqual([what, true])
})
