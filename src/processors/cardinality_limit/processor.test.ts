import { expect, test, vi } from 'vitest'
import { type BatchTable, batchOf } from '../../../test/rig/batch.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import { type MetricName, metricByName } from '../../catalogue/metrics.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import type { CardinalityLimitConfig } from './config.ts'
import { createCardinalityLimit } from './processor.ts'

const { NaN: nothing } = Number
const io = metricByName.get('netsonde.flow.io') as NonNullable<ReturnType<typeof metricByName.get>>

/** What the store holds after the batches, as `attribute=value,...: total` lines. */
async function added(metric: MetricName, config: Partial<CardinalityLimitConfig>, ...tables: BatchTable[]) {
  const settings = settingsOf('cardinality_limit')
  const passed: PointBatch[] = []
  const next = { consume: (batch: PointBatch) => void passed.push(batch) }
  const processor = createCardinalityLimit(
    { default_limit: 2000, max_stale: 600_000, max_unacknowledged: 3_600_000, metrics: {}, ...config },
    settings,
    next,
  )
  for (const table of tables) await processor.consume(batchOf(table))
  return { lines: linesOf(passed.at(-1)?.store as SeriesStore, metric), passed, settings }
}

function linesOf(store: SeriesStore, name: MetricName): string[] {
  const metric = metricByName.get(name)
  if (!metric) throw new Error(name)
  return [...store.of(metric)].map(
    ({ attributes, value }) =>
      `${Object.entries(attributes)
        .map(([key, value]) => `${key.split('.').at(-1)}=${value}`)
        .join()}: ${value}`,
  )
}

const two: BatchTable = {
  columns: {
    'network.transport': ['tcp', 'udp', 'tcp'],
    'network.type': ['ipv4', 'ipv4', 'ipv4'],
    'source.address': ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
  },
  values: { 'netsonde.flow.io': [100, 20, 3] },
}
const chosen = (attributes: string[], limit?: number): Partial<CardinalityLimitConfig> => ({
  metrics: { 'netsonde.flow.io': { enabled: true, attributes, limit } },
})

test.each<[string, Partial<CardinalityLimitConfig>, BatchTable[], string[]]>([
  [
    'rows are added up by the default attributes',
    {},
    [two],
    ['transport=tcp,type=ipv4: 103', 'transport=udp,type=ipv4: 20'],
  ],
  ['batches are added up', {}, [two, two], ['transport=tcp,type=ipv4: 206', 'transport=udp,type=ipv4: 40']],
  [
    'a dictionary that numbers anew changes nothing',
    chosen(['network.transport']),
    [two, { columns: { 'network.transport': ['udp', 'tcp'] }, values: { 'netsonde.flow.io': [1, 7] } }],
    ['transport=tcp: 110', 'transport=udp: 21'],
  ],
  ['no attributes: one series', chosen([]), [two], [': 123']],
  [
    'chosen attributes replace the default ones, in the order of the catalogue',
    chosen(['source.address', 'network.type']),
    [two],
    ['type=ipv4,address=10.0.0.1: 100', 'type=ipv4,address=10.0.0.2: 20', 'type=ipv4,address=10.0.0.3: 3'],
  ],
  [
    'an attribute that no row has is left out',
    chosen(['source.port', 'network.type']),
    [two],
    ['type=ipv4: 123'],
  ],
  [
    'an attribute that one row does not have is left out there, and empty is not had',
    chosen(['source.port']),
    [{ columns: { 'source.port': [80, '', undefined] }, values: { 'netsonde.flow.io': [1, 2, 4] } }],
    ['port=80: 1', ': 6'],
  ],
  [
    'a number and its text are one series',
    chosen(['source.port']),
    [{ columns: { 'source.port': [80, '80'] }, values: { 'netsonde.flow.io': [1, 2] } }],
    ['port=80: 3'],
  ],
  [
    'NaN is nothing: not a series, not a zero',
    chosen(['source.port']),
    [{ columns: { 'source.port': [1, 2, 2] }, values: { 'netsonde.flow.io': [nothing, 0, nothing] } }],
    ['port=2: 0'],
  ],
  [
    'disabled: nothing is recorded',
    { metrics: { 'netsonde.flow.io': { enabled: false, attributes: undefined, limit: undefined } } },
    [two],
    [],
  ],
  [
    'at the limit all are exact',
    chosen(['source.address'], 3),
    [two],
    ['address=10.0.0.1: 100', 'address=10.0.0.2: 20', 'address=10.0.0.3: 3'],
  ],
  [
    'over the limit the first stay exact, bounded attributes keep their value, the rest reads other',
    chosen(['source.address', 'network.transport'], 1),
    [two, two],
    [
      'transport=tcp,address=10.0.0.1: 200',
      'transport=udp,address=other: 40',
      'transport=tcp,address=other: 6',
    ],
  ],
  [
    'a metric without unbounded attributes loses none of its values over the limit',
    { default_limit: 1 },
    [two],
    ['transport=tcp,type=ipv4: 103', 'transport=udp,type=ipv4: 20'],
  ],
  [
    'a value that is called other joins the other series',
    chosen(['network.interface.name'], 1),
    [{ columns: { 'network.interface.name': ['other', 'eth0'] }, values: { 'netsonde.flow.io': [4, 2] } }],
    ['name=other: 6'],
  ],
])('%s', async (_, config, tables, lines) => {
  expect((await added('netsonde.flow.io', config, ...tables)).lines).toEqual(lines)
})

test('of a gauge the newest value stays, and NaN does not replace it', async () => {
  const coverage = (...values: number[]): BatchTable => ({ values: { 'netsonde.capture.coverage': values } })
  const { lines } = await added('netsonde.capture.coverage', {}, coverage(0.5, 0.75), coverage(nothing))

  expect(lines).toEqual([': 0.75'])
})

test('a series starts with the interval that it is first seen in', async () => {
  const at = (startMs: number, ...transports: string[]): BatchTable => ({
    startMs,
    columns: { 'network.transport': transports },
    values: { 'netsonde.flow.io': transports.map(() => 1) },
  })
  const { passed } = await added('netsonde.flow.io', {}, at(5000, 'tcp'), at(10_000, 'tcp', 'udp'))

  const [batch] = passed as [PointBatch]
  const series = [...(batch.store as SeriesStore).of(io)]
  expect(series.map(({ startMs, updatedMs }) => [startMs, updatedMs])).toEqual([
    [5000, 15_000],
    [10_000, 15_000],
  ])
})

test('the rows that go on are those that came, with the store', async () => {
  const { passed } = await added('netsonde.flow.io', {}, two)

  const rows = Array.from(passed[0] as PointBatch, (point) => [
    point.source.address,
    point.value('netsonde.flow.io'),
  ])
  expect(rows).toEqual([
    ['10.0.0.1', 100],
    ['10.0.0.2', 20],
    ['10.0.0.3', 3],
  ])
})

test('the limit is told once, with the setting that raises it', async () => {
  const { settings } = await added('netsonde.flow.io', chosen(['source.address'], 1), two, two)

  expect(settings.logged.map(({ level, fields }) => [level, fields])).toEqual([
    [
      'warn',
      {
        metric: 'netsonde.flow.io',
        limit: 1,
        setting: 'processors::cardinality_limit::metrics::netsonde.flow.io::limit',
      },
    ],
  ])
})

test('the budget of each metric tells of itself when its interval is over, and at the end', async () => {
  const seen: { store?: SeriesStore } = {}
  const next = { consume: (batch: PointBatch) => void Object.assign(seen, { store: batch.store }) }
  const { metrics = {} } = chosen(['source.address'], 1)
  const config = { default_limit: 2000, max_stale: 0, max_unacknowledged: 0, metrics }
  const processor = createCardinalityLimit(config, settingsOf('cardinality_limit'), next)
  const told = () =>
    (['active', 'overflowed', 'collapsed', 'unacknowledged'] as const).map((name) =>
      linesOf(seen.store as SeriesStore, `netsonde.series.${name}`),
    )

  await processor.consume(batchOf({ ...two, startMs: 0 }))
  expect(told()).toEqual([[], [], [], []])
  await processor.consume(batchOf({ ...two, startMs: 5000 }))
  expect(told()).toEqual([['metric=netsonde.flow.io: 2'], ['metric=netsonde.flow.io: 2'], [], []])
  await processor[Symbol.asyncDispose]()
  expect(told()).toEqual([['metric=netsonde.flow.io: 2'], ['metric=netsonde.flow.io: 4'], [], []])
})

test.each([
  ['max_stale', 600_000, 2, 1],
  ['0s: never', 0, 2, 2],
])(
  'with %s, a series that nothing is put into ends at that age, and not before',
  async (_, max_stale, before, at) => {
    let nowMs = 0
    const seen: { store?: SeriesStore } = {}
    const next = { consume: (batch: PointBatch) => void Object.assign(seen, { store: batch.store }) }
    const settings = settingsOf('cardinality_limit', { now: () => nowMs })
    const config = { default_limit: 2000, max_stale, max_unacknowledged: 0, metrics: {} }
    const processor = createCardinalityLimit(config, settings, next)
    const put = (...transports: string[]) =>
      processor.consume(
        batchOf({
          startMs: nowMs,
          columns: { 'network.transport': transports },
          values: { 'netsonde.flow.io': transports.map(() => 0) },
        }),
      )
    await put('tcp', 'udp')
    const live = () => (seen.store as SeriesStore).of(io).live
    nowMs = 599_999
    await put('tcp')
    expect(live()).toBe(before)

    nowMs = 600_999 // it is looked for once a second
    await put('tcp')
    expect(live()).toBe(at)
  },
)

test('a series ends also where no batch comes any more', async () => {
  vi.useFakeTimers({ now: 0 })
  try {
    const seen: { store?: SeriesStore } = {}
    const next = { consume: (batch: PointBatch) => void Object.assign(seen, { store: batch.store }) }
    const config = { default_limit: 2000, max_stale: 60_000, max_unacknowledged: 0, metrics: {} }
    await using processor = createCardinalityLimit(
      config,
      settingsOf('cardinality_limit', { now: Date.now }),
      next,
    )
    await processor.start()
    await processor.consume(batchOf(two))
    const series = (seen.store as SeriesStore).of(io)

    vi.advanceTimersByTime(59_000)
    expect(series.size).toBe(2)
    vi.advanceTimersByTime(10_000)
    expect(series.size).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
