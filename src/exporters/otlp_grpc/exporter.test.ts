import { afterEach, expect, test } from 'vitest'
import { batchOf } from '../../../test/rig/batch.ts'
import { freePort, type OtlpServer, startOtlpServer } from '../../../test/rig/otlp-server.ts'
import { settingsOf, type TestSettings } from '../../../test/rig/settings.ts'
import { createCardinalityLimit } from '../../processors/cardinality_limit/processor.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { createOtlpGrpc } from './exporter.ts'

const secret = 'Bearer hunter2'
const never = 3_600_000

let opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of opened.reverse()) await each[Symbol.asyncDispose]()
  opened = []
})

async function collector(...options: Parameters<typeof startOtlpServer>): Promise<OtlpServer> {
  const server = await startOtlpServer(...options)
  opened.push(server)
  return server
}

async function exporting(port: number, overrides: Partial<OtlpGrpcConfig> = {}) {
  const settings = settingsOf('otlp_grpc', { now: () => 1_700_000_000_000 })
  const config = {
    endpoint: { host: '127.0.0.1', port },
    tls: { insecure: true },
    interval: 300,
    timeout: 5000,
    headers: { authorization: secret },
    compression: 'gzip',
    ...overrides,
  } as const
  const exporter = createOtlpGrpc(config, settings)
  opened.push(exporter)
  await exporter.start()
  const processor = createCardinalityLimit(
    { default_limit: 2000, metrics: {} },
    settingsOf('cardinality_limit'),
    exporter,
  )
  let intervals = 0
  /** One interval with 10 bytes more. */
  const traffic = () =>
    processor.consume(
      batchOf({
        startMs: 1_699_999_990_000 + 5000 * intervals++,
        columns: { 'network.transport': ['tcp'], 'network.type': ['ipv4'] },
        values: { 'netsonde.flow.io': [10], 'netsonde.capture.coverage': [0.5] },
      }),
    )
  return { exporter, settings, traffic }
}

const levels = ({ logged }: TestSettings) => logged.map(({ level, message }) => [level, message])
const io = (request: { metrics: OtlpServer['received'][number]['metrics'] }) =>
  request.metrics.find(({ name }) => name === 'netsonde.flow.io')?.points.map(({ value }) => value)

test.each(['gzip', 'none'] as const)(
  'with compression %s an interval brings what the catalogue says',
  async (compression) => {
    const server = await collector()
    const { traffic } = await exporting(server.port, { compression })
    const arrived = server.next()
    await traffic()
    const { headers, ...request } = await arrived

    expect(headers.authorization).toBe(secret)
    expect(request).toEqual({
      compressed: compression === 'gzip',
      resource: { 'service.name': 'netsonde', 'service.version': '0.1.0', 'host.name': 'node-a' },
      scope: 'netsonde 0.1.0',
      metrics: [
        {
          name: 'netsonde.flow.io',
          unit: 'By',
          kind: 'cumulative sum',
          points: [
            {
              attributes: { 'network.transport': 'tcp', 'network.type': 'ipv4' },
              startMs: 1_699_999_990_000,
              timeMs: 1_700_000_000_000,
              value: 10,
            },
          ],
        },
        {
          name: 'netsonde.capture.coverage',
          unit: '1',
          kind: 'gauge',
          points: [expect.objectContaining({ value: 0.5 })],
        },
      ],
    })
  },
)

test('sums are cumulative over intervals, and nothing is sent before there is a series', async () => {
  const server = await collector()
  const { traffic } = await exporting(server.port)
  const first = server.next()
  await traffic()
  expect(io(await first)).toEqual([10])

  await traffic()
  expect(io(await server.next())).toEqual([20])
})

test('the end sends once more', async () => {
  const server = await collector()
  const { exporter, settings, traffic } = await exporting(server.port, { interval: never })
  await traffic()
  await exporter[Symbol.asyncDispose]()

  expect(server.received.map(io)).toEqual([[10]])
  expect(settings.logged).toEqual([])
})

test('a Collector that is away is told once, and gets everything when it is back', async () => {
  const port = await freePort()
  const { settings, traffic } = await exporting(port)
  await traffic()
  await settings.said('export failed; the sums are kept, and the first that arrives brings them')
  await traffic()

  const server = await collector(port)
  expect(io(await server.next())).toEqual([20])
  const back = await settings.said('exports arrive again')
  expect(back.fields.failed).toBeGreaterThan(1) // else that it was told once says nothing
  expect(levels(settings)).toEqual([
    ['warn', 'export failed; the sums are kept, and the first that arrives brings them'],
    ['info', 'exports arrive again'],
  ])
})

test.each([
  ['that answers nothing', 'never', /DEADLINE_EXCEEDED|no answer within 300 ms/],
  ['that refuses', { status: 7, message: 'no' }, /7 PERMISSION_DENIED: no/],
] as const)('a Collector %s does not hold up the end, and the loss is told', async (_, answer, error) => {
  const server = await collector(0, answer)
  const { exporter, settings, traffic } = await exporting(server.port, { interval: never, timeout: 300 })
  await traffic()
  const begun = performance.now()
  await exporter[Symbol.asyncDispose]()

  expect(performance.now() - begun).toBeLessThan(1000)
  expect(settings.logged).toMatchObject([
    {
      level: 'error',
      message: 'the last export did not arrive',
      fields: { error: expect.stringMatching(error) },
    },
  ])
})

test('the end does not wait for two timeouts where an export hangs already', async () => {
  const server = await collector(0, 'never')
  const { exporter, traffic } = await exporting(server.port, { interval: 400, timeout: 300 })
  const first = server.next()
  await traffic()
  await first
  const begun = performance.now()
  await exporter[Symbol.asyncDispose]()

  expect(performance.now() - begun).toBeLessThan(550)
})

test('a partial success is told', async () => {
  // partial_success { rejected_data_points: 2 }
  const server = await collector(0, { status: 0, body: Buffer.from([0x0a, 0x02, 0x08, 0x02]) })
  const { settings, traffic } = await exporting(server.port)
  await traffic()
  const { fields } = await settings.said('OpenTelemetry')

  expect(fields.detail).toMatch(/Partial Success.*rejectedDataPoints.*2/)
})

test('TLS to a Collector that speaks none says which setting that is', async () => {
  const server = await collector()
  const { settings, traffic } = await exporting(server.port, {
    endpoint: { host: 'localhost', port: server.port },
    tls: { insecure: false },
  })
  await traffic()
  const { fields } = await settings.said(
    'export failed; the sums are kept, and the first that arrives brings them',
  )

  expect(fields.error).toMatch('tls::insecure: true')
})

test('no message ever has a header in it', async () => {
  const server = await collector(0, { status: 16, message: 'who are you' })
  const { exporter, settings, traffic } = await exporting(server.port)
  await traffic()
  await server.next()
  await exporter[Symbol.asyncDispose]()

  expect(settings.logged.length).toBeGreaterThan(0)
  expect(JSON.stringify(settings.logged)).not.toMatch(/hunter2/)
})
