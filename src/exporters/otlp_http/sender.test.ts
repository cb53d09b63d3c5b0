import { expect, test } from 'vitest'
import { authority, type Certificate } from '../../../test/rig/certificate.ts'
import { temporaryDirectory } from '../../../test/rig/directory.ts'
import { type HttpAnswer, startOtlpHttpServer } from '../../../test/rig/otlp-http-server.ts'
import { freePort, retryInfo } from '../../../test/rig/otlp-server.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import { resourceField, scopeField } from '../../otlp/attributes.ts'
import { written } from '../../otlp/protobuf.ts'
import { type TlsConfig, TlsFiles } from '../../otlp/tls-files.ts'
import { retryAfterMs } from './errors.ts'
import { HttpSender } from './sender.ts'

const request = {
  bytes: written((to) =>
    to.message(
      1,
      written((metrics) => {
        metrics.raw(resourceField({}))
        metrics.message(2, scopeField('s', '1'))
      }),
    ),
  ),
  points: 1,
}

function sender(
  url: string,
  { tls, ...more }: { tls?: TlsFiles; compression?: 'gzip' | 'none'; repeatable?: boolean } = {},
) {
  const made = new HttpSender({
    url: new URL(url),
    compression: 'none',
    headers: { authorization: 'x' },
    tls,
    repeatable: true,
    ...more,
  })
  return Object.assign(made, { [Symbol.dispose]: () => made.hangUp() })
}

const protobuf = { 'content-type': 'application/x-protobuf' }
const partial = Buffer.from('0a0608021202686 9'.replace(' ', ''), 'hex')

test.each<[string, HttpAnswer, object]>([
  ['takes it', { status: 200, headers: protobuf }, { kind: 'accepted', rejected: 0, message: '' }],
  ['says 202', { status: 202 }, { kind: 'accepted' }],
  [
    'takes some of it',
    { status: 200, headers: protobuf, body: partial },
    { kind: 'accepted', rejected: 2, message: 'hi' },
  ],
  [
    'does not answer',
    'never',
    { type: 'timeout', message: 'no answer in time', retryable: true, unclear: true },
  ],
  ['hangs up', 'hang up', { type: 'ECONNRESET', retryable: true, unclear: true }],
  [
    'answers without end',
    { status: 200, body: Buffer.alloc(300_000) },
    { type: 'network', message: expect.stringContaining('longer than'), unclear: true },
  ],
])('a receiver that %s', async (_, answer, outcome) => {
  await using server = await startOtlpHttpServer(answer)
  using to = sender(`http://127.0.0.1:${server.port}/v1/metrics`)
  expect(await to.send(request, 300)).toMatchObject(outcome)
})

test.each([
  [301, false, false],
  [400, false, false],
  [401, false, false],
  [403, false, false],
  [404, false, false],
  [408, false, false],
  [413, false, false],
  [429, true, false],
  [500, false, false],
  [501, false, false],
  [502, true, true],
  [503, true, false],
  [504, true, true],
])(
  'status %d is tried again: %s; it is unclear what became of it: %s',
  async (status, retryable, unclear) => {
    await using server = await startOtlpHttpServer({ status, body: '<p>because</p>' })
    using to = sender(`http://127.0.0.1:${server.port}`)
    const failure = { kind: 'failed', type: `${status}`, retryable, unclear, tooLarge: status === 413 }
    expect(await to.send(request, 5000)).toMatchObject({
      ...failure,
      afterMs: undefined,
      message: expect.stringMatching(`^${status} .*: <p>because</p>$`),
    })

    server.answer = { status, headers: { 'retry-after': '7' } }
    expect(await to.send(request, 5000)).toMatchObject({ ...failure, afterMs: 7000 })
    server.answer = { status, headers: protobuf, body: retryInfo(14, 9) }
    expect(await to.send(request, 5000)).toMatchObject({ ...failure, afterMs: 9000 })
  },
)

test.each([
  ['120', 120_000],
  ['0', 0],
  ['Tue, 14 Nov 2023 22:13:30 GMT', 10_000],
  ['Tue, 14 Nov 2023 22:13:10 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After: %s', (header, ms) => {
  expect(retryAfterMs(header, () => 1_700_000_000_000)).toBe(ms)
})

test('a receiver that is away has got nothing', async () => {
  using to = sender(`http://127.0.0.1:${await freePort()}`)
  const outcome = { type: 'ECONNREFUSED', retryable: true, unclear: false }
  expect(await to.send(request, 5000)).toMatchObject(outcome)
})

test.each(['gzip', 'none'] as const)(
  'what is posted with compression %s, on one connection',
  async (compression) => {
    await using server = await startOtlpHttpServer()
    using to = sender(`http://127.0.0.1:${server.port}/otlp/v1/metrics`, { compression })
    for (let i = 0; i < 3; i++) await to.send(request, 5000)

    expect([server.received.length, server.connections]).toEqual([3, 1])
    expect(server.received[0]).toMatchObject({
      path: 'POST /otlp/v1/metrics',
      scope: 's 1',
      headers: { authorization: 'x', 'content-type': 'application/x-protobuf' },
    })
    expect(server.received[0]?.headers['content-encoding']).toBe(compression === 'gzip' ? 'gzip' : undefined)
  },
)

test.each([
  [true, 'accepted', 3],
  [false, 'failed', 2], // its points would be added up twice if it had arrived
])('a connection that ends as a request comes: repeatable %s, %s', async (repeatable, kind, received) => {
  await using server = await startOtlpHttpServer('hang up when idle')
  using to = sender(`http://127.0.0.1:${server.port}`, { repeatable })
  expect(await to.send(request, 5000)).toMatchObject({ kind: 'accepted' })

  expect(await to.send(request, 5000)).toMatchObject({ kind })
  expect(server.received.length).toBe(received)
})

test('what hangs can be left', async () => {
  await using server = await startOtlpHttpServer('never')
  using to = sender(`http://127.0.0.1:${server.port}`)
  const sent = to.send(request, 3_600_000)
  while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  to.hangUp()

  expect(await sent).toMatchObject({ kind: 'failed', unclear: true })
})

const ca = authority()
const named = ca.issue('server', 'collector.test', '127.0.0.1')
const none = {
  ca_file: '',
  cert_file: '',
  key_file: '',
  insecure_skip_verify: false,
  server_name_override: '',
}

async function tlsFiles(config: Partial<TlsConfig>, host = '127.0.0.1'): Promise<TlsFiles> {
  const { log } = settingsOf('otlp_http')
  const files = new TlsFiles(
    { ...none, reload_interval: 0, ...config },
    host,
    'exporters::otlp_http::tls',
    log,
  )
  await files.load()
  return files
}

test.each([
  ['the authority that signed, an address', {}, '127.0.0.1', 'accepted'],
  ['another name', {}, 'localhost', 'failed'],
  ['the name that is to be looked for', { server_name_override: 'collector.test' }, 'localhost', 'accepted'],
  ["Node's own authorities", { ca_file: '' }, '127.0.0.1', 'failed'],
  ['no look at all', { ca_file: '', insecure_skip_verify: true }, '127.0.0.1', 'accepted'],
])('TLS with %s', async (_, config, host, kind) => {
  await using directory = await temporaryDirectory()
  await using server = await startOtlpHttpServer({ status: 200 }, { cert: named.cert, key: named.key })
  const tls = await tlsFiles({ ca_file: await directory.write('ca.pem', ca.cert), ...config }, host)
  using to = sender(`https://${host}:${server.port}`, { tls })

  expect(await to.send(request, 5000)).toMatchObject({ kind })
})

test('a receiver that wants a certificate gets it, a new one from the next request on', async () => {
  await using directory = await temporaryDirectory()
  const wants = { requestCert: true, rejectUnauthorized: true, ca: ca.cert }
  await using server = await startOtlpHttpServer(
    { status: 200 },
    { cert: named.cert, key: named.key, ...wants },
  )
  const write = async ({ cert, key }: Certificate) => ({
    cert_file: await directory.write('cert.pem', cert),
    key_file: await directory.write('key.pem', key),
  })
  const own = await write(authority('Nobody').issue('agent', 'agent'))
  const ca_file = await directory.write('ca.pem', ca.cert)
  using to = sender(`https://127.0.0.1:${server.port}`, {
    tls: await tlsFiles({ ca_file, ...own, reload_interval: 0.001 }),
  })
  expect(await to.send(request, 5000)).toMatchObject({ kind: 'failed', retryable: true })

  await write(ca.issue('agent', 'agent'))
  expect(await to.send(request, 5000)).toMatchObject({ kind: 'accepted' })
})

test('TLS to a receiver that speaks none', async () => {
  await using server = await startOtlpHttpServer()
  const tls = await tlsFiles({}, 'localhost')
  using to = sender(`https://localhost:${server.port}`, { tls })

  expect(await to.send(request, 5000)).toMatchObject({
    retryable: true,
    unclear: false,
    message: expect.stringContaining('it seems to speak no TLS'),
  })
})
