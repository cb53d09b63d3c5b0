import { closeSync, openSync, readSync } from 'node:fs'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { metricByName, type metrics } from '../src/catalogue/metrics.ts'
import { schema } from '../src/exporters/prometheus/config.ts'
import { createPrometheus } from '../src/exporters/prometheus/exporter.ts'
import { familyOf } from '../src/exporters/prometheus/family.ts'
import { prometheusBaseName } from '../src/exporters/prometheus/names.ts'
import { render } from '../src/exporters/prometheus/render.ts'
import { Snapshots } from '../src/exporters/prometheus/snapshot.ts'
import { createMetricProducer } from '../src/pipeline/otel-metrics.ts'
import { SeriesStore } from '../src/pipeline/series-store.ts'
import { configOf } from '../test/contract/config-of.ts'
import { batchOf } from '../test/rig/batch.ts'
import { startProgram } from '../test/rig/program.ts'
import { settingsOf } from '../test/rig/settings.ts'
import type { Figures } from './figures.ts'
import { bestOf } from './rounds.ts'

const COMPARED = 10_000
const SCRAPED = 100_000
/** Rounds of scrapes, of which the best counts. Each has garbage to collect. */
const ROUNDS = 9

/** Series as those of netsonde.flow.io with addresses and ports. */
function storeOf(count: number): SeriesStore {
  const store = new SeriesStore()
  const series = store.of(metricByName.get('netsonde.flow.io') as (typeof metrics)[number])
  for (let i = 0; i < count; i++) {
    const attributes = {
      'network.transport': 'tcp',
      'network.type': 'ipv4',
      'netsonde.flow.direction': i % 2 ? 'forward' : 'reverse',
      'source.address': `10.${i % 200}.${(i >> 8) & 255}.${i & 255}`,
      'source.port': 1024 + (i % 60_000),
      'destination.address': `10.9.${(i >> 8) & 255}.7`,
      'destination.port': 443,
    }
    series.add(series.create(attributes, 0), 1500 + i * 7919, 5000)
  }
  return store
}

/** A scrape beside the official exporter's text, and how long one of 100,000 series takes and holds up everything else. */
export async function prometheusFigures(): Promise<Figures> {
  const { ours, official } = await cpu()
  const { scrapeMs, blockMs } = await scrapes()
  return {
    prometheus_vs_official: {
      value: ours / official,
      unit: 'x',
      about: `CPU a series: ${ours.toFixed(0)} ns, the official serializer ${official.toFixed(0)} ns`,
      reach: 0.1,
    },
    scrape_ms_100k: {
      value: scrapeMs,
      unit: 'ms',
      about: 'a scrape of 100,000 series, asked by another process',
    },
    scrape_block_ms_100k: {
      value: blockMs,
      unit: 'ms',
      about: 'the longest that such a scrape holds the event loop, the first one of all too',
      reach: 50,
    },
  }
}

/** Nanoseconds of CPU a series; the official serializer gets its points ready made. */
async function cpu(): Promise<{ ours: number; official: number }> {
  const store = storeOf(COMPARED)
  const snapshots = new Snapshots(new Map([[store, store.cursor()]]), (metric) => familyOf(metric, ''))
  const producer = createMetricProducer({
    stores: [store],
    resource: {},
    now: () => 5000,
    describe: (metric) => ({ name: prometheusBaseName(metric), unit: '' }),
  })
  const { resourceMetrics } = await producer.collect()
  const serializer = new PrometheusSerializer('', false, undefined, true, true)

  let bytes = 0
  const { ours, official } = await bestOf({
    ours: () =>
      cpuOf(async () => {
        snapshots.changed()
        using snapshot = snapshots.take()
        bytes = 0
        for await (const page of render(snapshot.metrics, 'text')) bytes += page.length
      }),
    official: () => cpuOf(async () => void serializer.serialize(resourceMetrics)),
  })
  const same = Buffer.byteLength(serializer.serialize(resourceMetrics))
  if (bytes !== same) throw new Error(`not the same text: ${bytes} and ${same} bytes`)
  return { ours: ours / COMPARED, official: official / COMPARED }
}

/** Nanoseconds of the process, its garbage collector's threads too. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}

/** Asks for the whole each time that it is told to, and prints how many milliseconds that took. */
const SCRAPER = `
  import { Agent, get } from 'node:http'
  const agent = new Agent({ keepAlive: true })
  process.stdin.on('data', () => {
    const begun = performance.now()
    get(process.argv[1], { agent, headers: { 'accept-encoding': 'identity' } }, (response) => {
      let bytes = 0
      response.on('data', (chunk) => { bytes += chunk.length })
      response.on('end', () => console.log(performance.now() - begun, bytes))
    })
  })`

async function scrapes(): Promise<{ scrapeMs: number; blockMs: number }> {
  const store = storeOf(SCRAPED)
  const times: number[] = []
  const holds: number[] = []
  for (let round = -1; round < ROUNDS; round++) {
    const settings = settingsOf('prometheus')
    await using exporter = createPrometheus(configOf(schema, { endpoint: '127.0.0.1:0' }) as never, settings)
    await exporter.start()
    await exporter.consume(batchOf({ values: {} }).withStore(store))
    const { url } = (await settings.said('listening')).fields
    await using scraper = startProgram(
      process.execPath,
      ['--input-type=module', '-e', SCRAPER, String(url)],
      {
        interactive: true,
      },
    )
    const scrape = async () => {
      const [ms = 0, bytes = 0] = (await scraper.ask()).split(' ').map(Number)
      if (bytes < SCRAPED * 100) throw new Error(`${bytes} bytes are not ${SCRAPED} series`)
      return ms
    }
    // The first makes the labels; it holds up most, if any does.
    const held = Math.max(await longestHold(scrape), await longestHold(scrape))
    const ms = await scrape()
    if (round < 0) continue // warms up
    holds.push(held)
    times.push(ms)
  }
  return { scrapeMs: Math.min(...times), blockMs: Math.min(...holds) }
}

/**
 * Milliseconds between two turns of the event loop, the longest while something goes on. Time in which the thread could
 * have run and others had the processor is not in it: that is the machine's load, and longer than what is looked for.
 */
async function longestHold(work: () => Promise<unknown>): Promise<number> {
  using stack = new DisposableStack()
  const schedstat = openSync('/proc/thread-self/schedstat', 'r')
  stack.defer(() => closeSync(schedstat))
  const buffer = Buffer.alloc(64)
  /** Time on the processor, time that it was waited for, both in ns: Documentation/scheduler/sched-stats.rst. */
  const ownTime = () => {
    const [, waitedNs] = buffer.toString('latin1', 0, readSync(schedstat, buffer, 0, 64, 0)).split(' ')
    return performance.now() - Number(waitedNs) / 1e6
  }
  let longest = 0
  let last = ownTime()
  let over = false
  const look = () => {
    if (over) return
    const now = ownTime()
    longest = Math.max(longest, now - last)
    last = now
    setImmediate(look)
  }
  look()
  await work()
  over = true
  return longest
}
