import { afterEach, expect, test, vi } from 'vitest'
import { type Exporting, exporting } from '../../../test/rig/exporting.ts'
import { freePort, type OtlpServer, startOtlpServer } from '../../../test/rig/otlp-server.ts'
import type { TestSettings } from '../../../test/rig/settings.ts'
import { otlpGrpc } from './factory.ts'

const secret = 'Bearer hunter2'
const never = '1h'

let opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of opened.reverse()) await each[Symbol.asyncDispose]()
  opened = []
  vi.unstubAllEnvs()
})

async function collector(...options: Parameters<typeof startOtlpServer>): Promise<OtlpServer> {
  const server = await startOtlpServer(...options)
  opened.push(server)
  return server
}

async function to(port: number, written: object = {}): Promise<Exporting> {
  const found = await exporting(otlpGrpc, {
    endpoint: `127.0.0.1:${port}`,
    tls: { insecure: true },
    interval: '300ms',
    headers: { authorization: secret },
    retry_on_failure: { initial_interval: '50ms', max_interval: '100ms' },
    ...written,
  })
  opened.push(found.exporter)
  return found
}

const levels = ({ logged }: TestSettings) => logged.map(({ level, message }) => [level, message])
const io = (request: { metrics: OtlpServer['received'][number]['metrics'] }) =>
  request.metrics.find(({ name }) => name === 'netsonde.flow.io')?.points.map(({ value }) => value)
const lost = 'export failed; the sums are kept, and the first that arrives brings them'

test.each([
  ['gzip', 'fast'],
  ['none', 'fast'],
  ['gzip', 'official'],
])(
  'compression %s, serializer %s: an interval brings what the catalogue says',
  async (compression, serializer) => {
    const server = await collector()
    const { traffic, counted, exporter } = await to(server.port, { compression, serializer })
    const arrived = server.next()
    await traffic()
    const { headers, bytes, ...request } = await arrived

    expect(headers.authorization).toBe(secret)
    expect(headers['user-agent']).toMatch(/^netsonde\/\S+ OTel-OTLP-Exporter-JavaScript/)
    expect(bytes).toBeGreaterThan(100)
    expect(request).toEqual({
      compressed: compression === 'gzip',
      resource: { 'service.name': 'netsonde', 'service.version': '0.1.0', 'host.name': 'node-a' },
      scope: 'netsonde 0.1.0',
      metrics: [
        {
          name: 'netsonde.flow.io',
          unit: 'By',
          description: expect.stringContaining('Bytes on the wire'),
          kind: 'cumulative sum',
          points: [
            {
              attributes: expect.objectContaining({ 'network.transport': 'tcp', 'network.type': 'ipv4' }),
              startMs: 1_699_999_990_000,
              timeMs: 1_700_000_000_000,
              kind: 'int',
              value: 10,
            },
          ],
        },
        expect.objectContaining({
          name: 'netsonde.capture.coverage',
          unit: '1',
          kind: 'gauge',
          points: [expect.objectContaining({ value: 0.5 })],
        }),
      ],
    })
    await exporter[Symbol.asyncDispose]()
    expect(counted()).toEqual({ accepted: expect.any(Number) })
  },
)

test('sums are cumulative over intervals, and nothing is sent before there is a series', async () => {
  const server = await collector()
  const { traffic } = await to(server.port)
  const first = server.next()
  await traffic()
  expect(io(await first)).toEqual([10])

  await traffic()
  expect(io(await server.next())).toEqual([20])
  expect(server.connections).toBe(1)
})

test('the exporter tells of itself', async () => {
  const server = await collector()
  const { traffic } = await to(server.port)
  const first = server.next()
  await traffic()
  await first
  const { metrics } = await server.next()

  expect(metrics.find(({ name }) => name === 'netsonde.exporter.items')?.points).toMatchObject([
    { attributes: { exporter: 'otlp_grpc', outcome: 'accepted' }, value: 2 },
  ])
})

test('delta: what was refused is in the next', async () => {
  const server = await collector(0, { status: 14 })
  const { traffic } = await to(server.port, { temporality: 'delta', interval: '100ms' })
  const first = server.next()
  await traffic()
  expect(io(await first)).toEqual([10])

  await traffic()
  server.answer = { status: 0 }
  expect(io(await server.next())).toEqual([20])
  await traffic()
  expect(io(await server.next())).toEqual([10])
})

test('the end sends once more', async () => {
  const server = await collector()
  const { exporter, settings, traffic } = await to(server.port, { interval: never })
  await traffic()
  await exporter[Symbol.asyncDispose]()

  expect(server.received.map(io)).toEqual([[10]])
  expect(settings.logged).toEqual([])
})

test('more than a message may hold goes in several', async () => {
  const server = await collector()
  const { exporter, traffic } = await to(server.port, { interval: never, max_message_size_mib: 1 })
  const names = Array.from({ length: 1500 }, (_, i) => `${i} ${'x'.repeat(1000)}`)
  await traffic(...names)
  await exporter[Symbol.asyncDispose]()

  const points = server.received.flatMap((request) => io(request) ?? [])
  expect(points.length).toBe(1500)
  expect(server.received.length).toBe(2)
  for (const { bytes } of server.received) expect(bytes).toBeLessThanOrEqual(2 ** 20)
})

test('a receiver that takes smaller messages gets them', async () => {
  const server = await collector(0, { status: 0, largest: 300_000 })
  const { exporter, traffic, settings, counted } = await to(server.port, { interval: '100ms' })
  const names = Array.from({ length: 1000 }, (_, i) => `${i} ${'x'.repeat(1000)}`)
  await traffic(...names)
  await settings.said('exports arrive again')
  await exporter[Symbol.asyncDispose]()

  expect(levels(settings).map(([, message]) => message)).toContain(
    'the receiver takes smaller messages only: set max_message_size_mib to its limit',
  )
  expect(counted().RESOURCE_EXHAUSTED).toBeGreaterThan(0)
})

test('a Collector that is away is told once, and gets everything when it is back', async () => {
  const port = await freePort()
  const { settings, traffic, counted } = await to(port)
  await traffic()
  await settings.said(lost)
  await traffic()
  await vi.waitUntil(() => (counted().UNAVAILABLE ?? 0) > 2)

  const server = await collector(port)
  expect(io(await server.next())).toEqual([20])
  const back = await settings.said('exports arrive again')
  expect(back.fields.failed).toBeGreaterThan(1) // else that it was told once says nothing
  expect(levels(settings)).toEqual([
    ['warn', lost],
    ['info', 'exports arrive again'],
  ])
  expect(counted().unclear).toBeUndefined() // nothing had been sent
})

test.each([
  ['that answers nothing', 'never', /DEADLINE_EXCEEDED/],
  ['that refuses', { status: 7, message: 'no' }, /7 PERMISSION_DENIED: no/],
] as const)('a Collector %s does not hold up the end, and the loss is told', async (_, answer, error) => {
  const server = await collector(0, answer)
  const { exporter, settings, traffic } = await to(server.port, { interval: never, timeout: '300ms' })
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

test('the end leaves an export that hangs, and sends what there is on a new connection', async () => {
  const server = await collector(0, 'never')
  const { exporter, traffic } = await to(server.port, { interval: '100ms', timeout: '1h' })
  const first = server.next()
  await traffic()
  await first
  server.answer = { status: 0 }
  const begun = performance.now()
  await exporter[Symbol.asyncDispose]()

  expect(performance.now() - begun).toBeLessThan(4000)
  expect(server.received.map(io)).toEqual([[10], [10]])
  expect(server.connections).toBe(2)
})

/** partial_success { rejected_data_points: 2, error_message: "no" } */
const partial = Buffer.from([0x0a, 0x06, 0x08, 0x02, 0x12, 0x02, 0x6e, 0x6f])

test('a partial success is told once a minute and counted each time', async () => {
  const server = await collector(0, { status: 0, body: partial })
  const { settings, traffic, counted } = await to(server.port, { interval: '100ms' })
  await traffic()
  await vi.waitUntil(() => (counted().rejected ?? 0) > 3)

  expect(settings.logged).toMatchObject([
    { level: 'warn', message: 'the receiver rejected points', fields: { rejected: 2, message: 'no' } },
  ])
})

test('an answer that is not OTLP is told, and the export has arrived', async () => {
  const server = await collector(0, { status: 0, body: Buffer.from([0x0a, 0x7f]) })
  const { settings, traffic, counted } = await to(server.port, { interval: '100ms' })
  await traffic()
  await settings.said('OpenTelemetry')

  await vi.waitUntil(() => (counted().accepted ?? 0) > 0)
  expect(counted()).toEqual({ accepted: expect.any(Number) })
})

test('TLS to a Collector that speaks none says which setting that is', async () => {
  const server = await collector()
  const { settings, traffic } = await to(server.port, { tls: { insecure: false } })
  await traffic()
  const { fields } = await settings.said(lost)

  expect(fields.error).toMatch('tls::insecure: true')
})

test('no message ever has a header in it', async () => {
  const server = await collector(0, { status: 16, message: 'who are you' })
  const { exporter, settings, traffic } = await to(server.port)
  await traffic()
  await server.next()
  await exporter[Symbol.asyncDispose]()

  expect(settings.logged.length).toBeGreaterThan(0)
  expect(JSON.stringify(settings.logged)).not.toMatch(/hunter2/)
})

test.each(['fast', 'official'])(
  'serializer %s: variables of OpenTelemetry change nothing',
  async (serializer) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-leaked=1')
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'http://localhost:1')
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip')
    const server = await collector()
    const { exporter, traffic } = await to(server.port, { serializer, compression: 'none', interval: never })
    await traffic()
    await exporter[Symbol.asyncDispose]()

    expect(server.received.map(({ headers, compressed }) => [headers['x-leaked'], compressed])).toEqual([
      [undefined, false],
    ])
    expect(process.env.OTEL_EXPORTER_OTLP_HEADERS).toBe('x-leaked=1')
  },
)

test.each([
  [{}, 0],
  [{ enabled: false }, 0],
  [{ enabled: true, queue_size: 100 }, 1],
  [{ num_consumers: 4 }, 1],
])('sending_queue %j is explained %d times', async (sending_queue, times) => {
  const { settings } = await to(await freePort(), { sending_queue })

  expect(settings.logged.filter(({ message }) => message.startsWith('sending_queue'))).toHaveLength(times)
})
