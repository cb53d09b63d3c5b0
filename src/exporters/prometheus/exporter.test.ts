import { Agent, get } from 'node:http'
import { expect, test } from 'vitest'
import { configOf } from '../../../test/contract/config-of.ts'
import { type BatchTable, batchOf } from '../../../test/rig/batch.ts'
import { parseOpenMetrics } from '../../../test/rig/openmetrics.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import { metricByName, type metrics } from '../../catalogue/metrics.ts'
import { SeriesStore } from '../../pipeline/series-store.ts'
import { createCardinalityLimit } from '../../processors/cardinality_limit/processor.ts'
import { type PrometheusConfig, schema } from './config.ts'
import { createPrometheus } from './exporter.ts'

/** What the code gets for what somebody wrote. */
const configured = (written: object = {}) =>
  configOf(schema, { endpoint: 'localhost:0', ...written }) as PrometheusConfig

async function started(written = {}) {
  const settings = settingsOf('prometheus')
  const exporter = createPrometheus(configured(written), settings)
  await exporter.start()
  const { fields } = await settings.said('listening')
  const pipeline = () =>
    createCardinalityLimit(
      { default_limit: 2000, max_stale: 600_000, max_unacknowledged: 3_600_000, metrics: {} },
      settingsOf('cardinality_limit'),
      exporter,
    )
  const url = String(fields.url)
  const scrape = async () => (await fetch(url)).text()
  return {
    settings,
    exporter,
    pipeline,
    url,
    scrape,
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  }
}

const traffic: BatchTable = {
  columns: { 'network.transport': ['tcp', 'udp'], 'network.type': ['ipv4', 'ipv6'] },
  values: { 'netsonde.flow.io': [1500, 2 ** 53 - 1], 'netsonde.flow.packets': [1, Number.NaN] },
}
const info =
  '# HELP target_info Target metadata\n# TYPE target_info gauge\n' +
  'target_info{service_name="netsonde",service_version="0.1.0",host_name="node-a"} 1\n'
const samples = (text: string) => text.split('\n').filter((line) => /^netsonde/.test(line))

test('before the first batch a scrape has the target only', async () => {
  await using sonde = await started()

  expect(await sonde.scrape()).toBe(info)
})

test('a batch becomes text with units and totals in the names', async () => {
  await using sonde = await started()
  await sonde.pipeline().consume(batchOf(traffic))

  const text = await sonde.scrape()
  expect(text.startsWith(info)).toBe(true)
  expect(samples(text)).toEqual([
    'netsonde_flow_io_bytes_total{network_transport="tcp",network_type="ipv4"} 1500',
    'netsonde_flow_io_bytes_total{network_transport="udp",network_type="ipv6"} 9007199254740991',
    'netsonde_flow_packets_total{network_transport="tcp",network_type="ipv4"} 1',
  ])
})

test('two pipelines are one scrape without a series twice', async () => {
  await using sonde = await started()
  await sonde.pipeline().consume(batchOf(traffic))
  await sonde.pipeline().consume(batchOf(traffic))

  expect(samples(await sonde.scrape())).toContain(
    'netsonde_flow_packets_total{network_transport="tcp",network_type="ipv4"} 2',
  )
})

test('the answer names its format; other paths have nothing', async () => {
  await using sonde = await started()
  const [metrics, other] = await Promise.all([fetch(sonde.url), fetch(new URL('/', sonde.url))])

  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(metrics.headers.get('vary')).toBe('accept, accept-encoding')
  expect(other.status).toBe(404)
})

test('who asks for OpenMetrics gets it', async () => {
  await using sonde = await started()
  await sonde.pipeline().consume(batchOf(traffic))
  const response = await fetch(sonde.url, {
    headers: { accept: 'application/openmetrics-text;version=1.0.0' },
  })
  expect(response.headers.get('content-type')).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  )

  const families = parseOpenMetrics(await response.bytes())
  expect(families.map(({ name, type, unit }) => [name, type, unit])).toEqual([
    ['target', 'info', ''],
    ['netsonde_flow_io_bytes', 'counter', 'bytes'],
    ['netsonde_flow_packets', 'counter', ''],
  ])
  expect(families[2]?.samples).toEqual([
    {
      name: 'netsonde_flow_packets_total',
      labels: { network_transport: 'tcp', network_type: 'ipv4' },
      value: 1,
    },
  ])
})

test.each(['fast', 'official'])(
  '%s: labels of the configuration are on every series, the target may be off',
  async (serializer) => {
    await using sonde = await started({
      serializer,
      const_labels: { cluster: 'we"st' },
      target_info: { enabled: false },
    })
    await sonde.pipeline().consume(batchOf(traffic))
    const text = await sonde.scrape()

    expect(text).not.toContain('target_info')
    expect(samples(text)).toContain(
      'netsonde_flow_packets_total{network_transport="tcp",network_type="ipv4",cluster="we\\"st"} 1',
    )
  },
)

test('the official serializer says the same', async () => {
  await using fast = await started()
  await using official = await started({ serializer: 'official' })
  for (const { pipeline } of [fast, official]) await pipeline().consume(batchOf(traffic))
  const text = await official.scrape()

  expect(text).toBe(await fast.scrape())
  expect(
    (await fetch(official.url, { headers: { accept: 'application/openmetrics-text' } })).headers.get(
      'content-type',
    ),
  ).toBe('text/plain; version=0.0.4; charset=utf-8')
})

test.each(['fast', 'official'])(
  '%s: what ended goes when it was scraped, and not when it was only asked for',
  async (serializer) => {
    await using sonde = await started({ serializer })
    const store = new SeriesStore()
    const series = store.of(metricByName.get('netsonde.flow.io') as (typeof metrics)[number])
    const slot = series.create({ 'network.transport': 'tcp' }, 0)
    await sonde.exporter.consume(batchOf(traffic).withStore(store))
    series.finish(slot, 1)

    await fetch(sonde.url, { method: 'HEAD' })
    store.release(2, 1_000_000)
    expect(series.size).toBe(1)

    await sonde.scrape()
    await sonde.scrape() // the first is known to be sent whole by the time the next is answered
    store.release(2, 1_000_000)
    expect(series.size).toBe(0)
  },
)

test('who may ask is as configured, in paths of this exporter', async () => {
  await using sonde = await started({ allow: ['192.0.2.0/24'] })
  expect((await fetch(sonde.url)).status).toBe(403)

  const wrong = { tls: { cert_file: '/none', key_file: '/none' } }
  await using second = createPrometheus(configured(wrong), settingsOf('prometheus/second'))
  await expect(second.start()).rejects.toThrow(
    'exporters::prometheus/second::tls::cert_file: /none cannot be read',
  )
})

test('a port in use is refused from start, with the setting', async () => {
  await using sonde = await started()
  const { host } = new URL(sonde.url)
  const second = createPrometheus(configured({ endpoint: host }), settingsOf('prometheus/second'))

  await expect(second.start()).rejects.toThrow('exporters::prometheus/second::endpoint: localhost:')
  await second[Symbol.asyncDispose]()
})

test('a scraper that keeps its connection does not hold up the end, and the port is free at once', async () => {
  const sonde = await started()
  const agent = new Agent({ keepAlive: true })
  await new Promise((resolve) =>
    get(sonde.url, { agent }, (response) => response.resume().on('end', resolve)),
  )

  const begun = performance.now()
  await sonde.exporter[Symbol.asyncDispose]()
  expect(performance.now() - begun).toBeLessThan(1000)

  await using next = createPrometheus(
    configured({ endpoint: new URL(sonde.url).host }),
    settingsOf('prometheus'),
  )
  await next.start()
})
