import { expect, test } from 'vitest'
import type { Metric, MetricName } from '../../catalogue/metrics.ts'
import { metricByName } from '../../catalogue/metrics.ts'
import type { MetricSeries } from '../../pipeline/metric-series.ts'
import { SeriesStore } from '../../pipeline/series-store.ts'
import { familyOf } from './family.ts'
import { render } from './render.ts'
import { type Snapshot, Snapshots } from './snapshot.ts'

function made(...stores: SeriesStore[]) {
  const cursors = new Map(stores.map((store) => [store, store.cursor()]))
  const asked: string[] = []
  const snapshots = new Snapshots(cursors, (metric) => {
    const family = familyOf(metric, '')
    return {
      ...family,
      labels(attributes) {
        asked.push(String(attributes['source.address']))
        return family.labels(attributes)
      },
    }
  })
  const cursor = cursors.get(stores[0] as SeriesStore) as ReturnType<SeriesStore['cursor']>
  return { snapshots, asked, cursor }
}

const io = (store: SeriesStore, name: MetricName = 'netsonde.flow.io'): MetricSeries =>
  store.of(metricByName.get(name) as Metric & { name: MetricName })

function add(series: MetricSeries, address: string, value = 1): number {
  const slot = series.create({ 'source.address': address }, 0)
  series.add(slot, value, 1)
  return slot
}

async function linesOf(snapshot: Snapshot): Promise<string[]> {
  let text = ''
  for await (const page of render(snapshot.metrics, 'text')) text += Buffer.from(page).toString()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}
const line = (address: string, value = 1) =>
  `netsonde_flow_io_bytes_total{source_address="${address}"} ${value}`

test('a snapshot is of one moment, whatever comes while it is written', async () => {
  const store = new SeriesStore()
  const series = io(store)
  const gone = add(series, 'gone')
  const stays = add(series, 'stays', 5)
  const { snapshots } = made()
  const { snapshots: real, cursor } = made(store)
  expect((await linesOf(snapshots.take())).length).toBe(0) // no store yet

  const snapshot = real.take()
  series.add(stays, 100, 2)
  series.finish(gone, 2)
  cursor.acknowledge(store.asOf)
  store.release(3, 0)
  const comes = add(series, 'comes', 7) // in the slot that was freed
  expect(comes).toBe(gone)

  expect(await linesOf(snapshot)).toEqual([line('gone'), line('stays', 5)])
  real.changed()
  expect(await linesOf(real.take())).toEqual([line('comes', 7), line('stays', 105)])
})

test('labels are made once for each series, and again where another came into its slot', async () => {
  const store = new SeriesStore()
  const series = io(store)
  const first = add(series, 'first')
  add(series, 'second')
  const { snapshots, asked, cursor } = made(store)
  await Promise.all([linesOf(snapshots.take()), linesOf(snapshots.take())])
  snapshots.changed()
  await linesOf(snapshots.take())
  expect(asked).toEqual(['first', 'second'])

  series.finish(first, 2)
  cursor.acknowledge(store.asOf)
  store.release(3, 0)
  add(series, 'third')
  snapshots.changed()
  expect(await linesOf(snapshots.take())).toEqual([line('third'), line('second')])
  expect(asked).toEqual(['first', 'second', 'third'])
})

test('scrapes at one time share a snapshot until something changes', () => {
  const store = new SeriesStore()
  add(io(store), 'a')
  const { snapshots } = made(store)
  const first = snapshots.take()
  const second = snapshots.take()
  expect(second.metrics).toBe(first.metrics)

  snapshots.changed()
  const third = snapshots.take()
  expect(third.metrics).not.toBe(first.metrics)
  first[Symbol.dispose]()
  second[Symbol.dispose]()
  expect(snapshots.take().metrics).toBe(third.metrics) // which is still in use
})

test('a snapshot that nobody uses any more is let go', () => {
  const store = new SeriesStore()
  add(io(store), 'a')
  const { snapshots } = made(store)
  const first = snapshots.take()
  first[Symbol.dispose]()

  expect(snapshots.take().metrics).not.toBe(first.metrics)
})

test('what ended and was delivered is left out, and is there again when it goes on', async () => {
  const store = new SeriesStore()
  const series = io(store)
  const slot = add(series, 'a')
  add(series, 'b')
  const { snapshots, cursor } = made(store)
  const lines = () => {
    snapshots.changed()
    return linesOf(snapshots.take())
  }
  series.finish(slot, 2)
  expect(await lines()).toEqual([line('a'), line('b')])

  cursor.acknowledge(snapshots.take().asOf.get(store) as number)
  expect(await lines()).toEqual([line('b')])

  series.add(slot, 1, 3)
  expect(await lines()).toEqual([line('a', 2), line('b')])
})

test('what two stores have of one series is one line; other metrics are as they are', async () => {
  const [one, two] = [new SeriesStore(), new SeriesStore()]
  add(io(one), 'a', 1)
  add(io(two), 'a', 10)
  add(io(two), 'b', 3)
  add(io(two, 'netsonde.flow.count'), 'a', 4)
  const { snapshots } = made(one, two)

  expect(await linesOf(snapshots.take())).toEqual([
    line('a', 11),
    line('b', 3),
    'netsonde_flow_count_total{source_address="a"} 4',
  ])
})
