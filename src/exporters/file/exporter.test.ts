import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { configOf } from '../../../test/contract/config-of.ts'
import { batchOf } from '../../../test/rig/batch.ts'
import { temporaryDirectory } from '../../../test/rig/directory.ts'
import { exporting } from '../../../test/rig/exporting.ts'
import { metricByName } from '../../catalogue/metrics.ts'
import { SeriesStore } from '../../pipeline/series-store.ts'
import { type FileConfig, schema, validate } from './config.ts'
import { file } from './factory.ts'

interface Line {
  resourceMetrics: [
    { scopeMetrics: [{ metrics: { name: string; sum?: { dataPoints: { asInt: string }[] } }[] }] },
  ]
}

const io = (line: string) =>
  (JSON.parse(line) as Line).resourceMetrics[0].scopeMetrics[0].metrics
    .filter(({ name }) => name === 'netsonde.flow.io')
    .flatMap(({ sum }) => sum?.dataPoints ?? [])

test('at the end all sums are there, in whole lines', async () => {
  await using directory = await temporaryDirectory()
  const path = directory.path('out.json')
  const { exporter, traffic, settings } = await exporting(file, { path, interval: '1h' })
  const names = Array.from({ length: 1800 }, (_, i) => `${i}`)
  await traffic(...names)
  await traffic(...names)
  await exporter[Symbol.asyncDispose]()

  const lines = (await readFile(path, 'utf8')).split('\n')
  expect(lines.pop()).toBe('')
  const points = lines.flatMap(io)
  expect(points.length).toBe(1800)
  expect(new Set(points.map(({ asInt }) => asInt))).toEqual(new Set(['20']))
  expect(settings.logged).toEqual([])
})

test('a full disk is told once, and the last failure at the end', async () => {
  const { exporter, traffic, settings, counted } = await exporting(file, {
    path: '/dev/full',
    interval: '100ms',
  })
  await traffic()
  await settings.said('export failed; the sums are kept, and the first that arrives brings them')
  await exporter[Symbol.asyncDispose]()

  expect(settings.logged.map(({ level }) => level)).toEqual(['warn', 'error'])
  expect(counted().ENOSPC).toBeGreaterThan(0)
})

test.each([
  [{}, 'is missing'],
  [{ path: '/tmp/' }, 'is a directory'],
])('%j is refused', (written, message) => {
  expect(validate(configOf(schema, written) as FileConfig)).toEqual([
    ['path', expect.stringContaining(message)],
  ])
})

test('a line has 5000 points at most, and every series is in one', async () => {
  await using directory = await temporaryDirectory()
  const path = directory.path('out.json')
  const { exporter } = await exporting(file, { path, interval: '1h' })
  const store = new SeriesStore()
  for (const name of ['netsonde.flow.packets', 'netsonde.flow.io']) {
    const series = store.of(metricByName.get(name) as never)
    for (let i = 0; i < 5500; i++) series.add(series.create({ 'source.port': i }, 0), i, 0)
  }
  await exporter.consume(batchOf({ values: {} }).withStore(store))
  await exporter[Symbol.asyncDispose]()

  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => line.split('"timeUnixNano"').length - 1)).toEqual([5000, 5000, 1000])
  expect(new Set(lines.flatMap(io).map(({ asInt }) => asInt)).size).toBe(5500)
})
