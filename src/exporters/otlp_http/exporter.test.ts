import { afterEach, expect, test } from 'vitest'
import { configOf } from '../../../test/contract/config-of.ts'
import { exporting } from '../../../test/rig/exporting.ts'
import { startOtlpHttpServer } from '../../../test/rig/otlp-http-server.ts'
import { metricsUrl, type OtlpHttpConfig, schema, validate } from './config.ts'
import { otlpHttp } from './factory.ts'

let opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of opened.reverse()) await each[Symbol.asyncDispose]()
  opened = []
})

async function to(port: number, written: object = {}) {
  const found = await exporting(otlpHttp, {
    endpoint: `http://127.0.0.1:${port}/`,
    interval: '1h',
    ...written,
  })
  opened.push(found.exporter)
  return found
}

test('what there is is posted to /v1/metrics, compressed, with the headers', async () => {
  const server = await startOtlpHttpServer()
  opened.push(server)
  const { exporter, traffic, settings } = await to(server.port, { headers: { 'x-tenant': 'a' } })
  await traffic('tcp', 'udp')
  await exporter[Symbol.asyncDispose]()

  expect(server.received).toMatchObject([
    {
      path: 'POST /v1/metrics',
      headers: { 'x-tenant': 'a', 'content-encoding': 'gzip' },
      resource: { 'service.name': 'netsonde' },
    },
  ])
  const [io] = server.received[0]?.metrics ?? []
  expect([io?.name, io?.kind, io?.points.map(({ value }) => value)]).toEqual([
    'netsonde.flow.io',
    'cumulative sum',
    [10, 10],
  ])
  expect(settings.logged).toEqual([])
})

test('a refusal that passes is followed by an export that has everything', async () => {
  const server = await startOtlpHttpServer({ status: 503, headers: { 'retry-after': '0' } })
  opened.push(server)
  const { traffic, settings, counted } = await to(server.port, {
    interval: '100ms',
    retry_on_failure: { initial_interval: '20ms' },
    temporality: 'delta',
  })
  await traffic()
  await settings.said('export failed; the sums are kept, and the first that arrives brings them')
  await traffic()
  server.answer = { status: 200 }
  await settings.said('exports arrive again')

  const io = server.received.map(({ metrics }) => metrics.find(({ name }) => name === 'netsonde.flow.io'))
  expect(
    io
      .filter((metric) => metric)
      .map((metric) => metric?.points[0]?.value)
      .at(-1),
  ).toBe(20)
  expect(counted()['503']).toBeGreaterThan(0)
})

test.each([
  [{}, 'http://localhost:4318/v1/metrics'],
  [{ endpoint: 'https://otel.example/otlp/' }, 'https://otel.example/otlp/v1/metrics'],
  [{ metrics_endpoint: 'https://otel.example/in' }, 'https://otel.example/in'],
])('%j goes to %s', (written, url) => {
  expect(metricsUrl(configOf(schema, written) as OtlpHttpConfig).href).toBe(url)
})

test.each([
  [{ endpoint: 'http://a:b:c' }, 'endpoint'],
  [{ endpoint: 'http://user:pass@a' }, 'endpoint'],
  [{ endpoint: 'http://:pass@a' }, 'endpoint'],
  [{ headers: { 'Content-Type': 'a' } }, 'headers::Content-Type'],
  [{ tls: { key_file: 'a' } }, 'tls::key_file'],
])('%j is refused at %s', (written, path) => {
  expect(validate(configOf(schema, written) as OtlpHttpConfig)).toEqual([[path, expect.any(String)]])
})
