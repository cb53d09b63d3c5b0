import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authority } from '../../../test/rig/certificate.ts'
import { temporaryDirectory } from '../../../test/rig/directory.ts'
import {
  type Answer,
  freePort,
  type OtlpServer,
  retryInfo,
  startOtlpServer,
} from '../../../test/rig/otlp-server.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import { resourceField, scopeField } from '../../otlp/attributes.ts'
import { written } from '../../otlp/protobuf.ts'
import { type TlsConfig, TlsFiles } from '../../otlp/tls-files.ts'
import { openFast } from './fast.ts'
import { openOfficial } from './official.ts'
import { GrpcSender } from './sender.ts'

/** The smallest request that can be decoded. */
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
  deltas: 0,
  acknowledge() {},
  metrics: {
    resource: { attributes: {} },
    scopeMetrics: [{ scope: { name: 's', version: '1' }, metrics: [] }],
  },
}

function sender(port: number, tls?: TlsFiles, open = openFast, host = '127.0.0.1') {
  const made = new GrpcSender({ address: `${host}:${port}`, compression: 'none', headers: {}, tls, open })
  return Object.assign(made, { [Symbol.dispose]: () => made.hangUp() })
}

let server: OtlpServer
beforeAll(async () => {
  server = await startOtlpServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const NO = 'is not tried again'
const YES = 'is tried again'

test.each([
  ['CANCELLED', YES, 'unclear'],
  ['UNKNOWN', NO, 'unclear'],
  ['INVALID_ARGUMENT', NO, 'clear'],
  ['DEADLINE_EXCEEDED', YES, 'unclear'],
  ['NOT_FOUND', NO, 'clear'],
  ['ALREADY_EXISTS', NO, 'clear'],
  ['PERMISSION_DENIED', NO, 'clear'],
  ['RESOURCE_EXHAUSTED', NO, 'clear'],
  ['FAILED_PRECONDITION', NO, 'clear'],
  ['ABORTED', YES, 'clear'],
  ['OUT_OF_RANGE', YES, 'clear'],
  ['UNIMPLEMENTED', NO, 'clear'],
  ['INTERNAL', NO, 'unclear'],
  ['UNAVAILABLE', YES, 'unclear'],
  ['DATA_LOSS', YES, 'unclear'],
  ['UNAUTHENTICATED', NO, 'clear'],
] as const)('status %s %s, what became of the request is %s', async (type, again, what) => {
  const code = status[type]
  for (const open of [openFast, openOfficial]) {
    using to = sender(server.port, undefined, open)
    const failure = { kind: 'failed', type, unclear: what === 'unclear', tooLarge: false }
    server.answer = { status: code, message: 'because' }
    expect(await to.send(request, 5000)).toEqual({
      ...failure,
      message: `${code} ${type}: because`,
      retryable: again === YES,
      afterMs: undefined,
    })

    server.answer = { status: code, details: retryInfo(code, 7) }
    expect(await to.send(request, 5000)).toMatchObject({
      ...failure,
      retryable: again === YES || type === 'RESOURCE_EXHAUSTED', // exhausted for a time that is told
      afterMs: 7000,
    })
  }
})

test('a status that there is not is an unknown one', async () => {
  using to = sender(server.port)
  server.answer = { status: 77, message: 'because' }

  expect(await to.send(request, 5000)).toMatchObject({ type: 'UNKNOWN', retryable: false, unclear: true })
})

test('every status is in the table above', () => {
  const codes = Object.values(status).filter((code) => typeof code === 'number')
  expect(codes).toHaveLength(17) // OK and 16
})

test.each<[string, Answer, object]>([
  ['takes it', { status: 0 }, { kind: 'accepted', rejected: 0, message: '' }],
  [
    'takes some of it',
    { status: 0, body: Buffer.from('0a060802120268 69'.replace(' ', ''), 'hex') },
    { kind: 'accepted', rejected: 2, message: 'hi' },
  ],
  [
    'warns',
    { status: 0, body: Buffer.from('0a0412026869', 'hex') },
    { kind: 'accepted', rejected: 0, message: 'hi' },
  ],
  [
    'takes smaller messages only',
    { status: 0, largest: 10 },
    { type: 'RESOURCE_EXHAUSTED', retryable: false, tooLarge: true, unclear: false },
  ],
  ['takes its time', { status: 0, afterMs: 300 }, { kind: 'accepted' }],
  ['takes too long', { status: 0, afterMs: 3000 }, { type: 'DEADLINE_EXCEEDED', unclear: true }],
  ['does not answer', 'never', { type: 'DEADLINE_EXCEEDED', retryable: true, unclear: true }],
  ['hangs up', 'hang up', { type: 'UNAVAILABLE', retryable: true, unclear: true }],
])('a receiver that %s', async (_, answer, outcome) => {
  using to = sender(server.port)
  server.answer = answer
  expect(await to.send(request, 1000)).toMatchObject(outcome)
})

test('a receiver that is away has got nothing, and is asked again as soon as one wants', async () => {
  const port = await freePort()
  using to = sender(port)
  expect(await to.send(request, 5000)).toMatchObject({ type: 'UNAVAILABLE', retryable: true, unclear: false })
  expect(await to.send(request, 5000)).toMatchObject({ type: 'UNAVAILABLE', retryable: true, unclear: false })

  // gRPC itself would now wait for a second and longer with each time.
  await using _back = await startOtlpServer(port)
  expect(await to.send(request, 5000)).toMatchObject({ kind: 'accepted' })
})

test('what hangs can be left', async () => {
  using to = sender(server.port)
  server.answer = 'never'
  const arrived = server.next()
  const sent = to.send(request, 3_600_000)
  await arrived
  to.hangUp()

  expect(await sent).toMatchObject({ type: 'UNAVAILABLE', unclear: true })
})

test('one connection serves many requests', async () => {
  await using alone = await startOtlpServer()
  using to = sender(alone.port)
  for (let i = 0; i < 3; i++) await to.send(request, 5000)

  expect([alone.received.length, alone.connections]).toEqual([3, 1])
})

const ca = authority()
const stranger = authority('Nobody')
const named = ca.issue('server', 'collector.test', '127.0.0.1')
const client = ca.issue('agent', 'agent')

/** A receiver with TLS that wants certificates of clients where `mutual`. */
function secured(certificate = named, mutual = false) {
  const { cert, key } = certificate
  return startOtlpServer(
    0,
    { status: 0 },
    { cert, key, ca: ca.cert, requestCert: mutual, rejectUnauthorized: mutual },
  )
}

const none: TlsConfig = {
  ca_file: '',
  cert_file: '',
  key_file: '',
  insecure_skip_verify: false,
  server_name_override: '',
  reload_interval: 0,
}

async function tlsFiles(config: Partial<TlsConfig>, host = '127.0.0.1') {
  const { log, logged } = settingsOf('otlp_grpc')
  const files = new TlsFiles({ ...none, ...config }, host, 'exporters::otlp_grpc::tls', log)
  await files.load()
  return { files, logged }
}

const VERIFIED = { kind: 'accepted' }
const refusedFor = (reason: RegExp) => ({
  type: 'UNAVAILABLE',
  retryable: true,
  unclear: false,
  message: expect.stringMatching(reason),
})

test.each([
  ['the authority that signed, an address in the certificate', {}, '127.0.0.1', VERIFIED],
  ['the authority that signed, another name', {}, 'localhost', refusedFor(/does not match|altnames/)],
  ['the name that is to be looked for', { server_name_override: 'collector.test' }, 'localhost', VERIFIED],
  [
    'a name that the certificate has not',
    { server_name_override: 'other.test' },
    '127.0.0.1',
    refusedFor(/does not match|altnames/),
  ],
  ["Node's own authorities", { ca_file: '' }, '127.0.0.1', refusedFor(/self.signed|unable to/)],
  ['no look at all', { ca_file: '', insecure_skip_verify: true }, '127.0.0.1', VERIFIED],
])('TLS with %s', async (_, config, host, outcome) => {
  await using directory = await temporaryDirectory()
  await using receiver = await secured()
  const ca_file = await directory.write('ca.pem', ca.cert)
  const { files } = await tlsFiles({ ca_file, ...config }, host)
  for (const open of [openFast, openOfficial]) {
    using to = sender(receiver.port, files, open, host)
    expect(await to.send(request, 5000)).toMatchObject(outcome)
  }
})

test('a receiver that wants a certificate gets it, and refuses who has none or one of a stranger', async () => {
  await using directory = await temporaryDirectory()
  await using receiver = await secured(named, true)
  const ca_file = await directory.write('ca.pem', ca.cert)
  const withOwn = async ({ cert, key }: { cert: string; key: string }) => {
    const own = {
      ca_file,
      cert_file: await directory.write('cert.pem', cert),
      key_file: await directory.write('key.pem', key),
    }
    using to = sender(receiver.port, (await tlsFiles(own)).files)
    return to.send(request, 5000)
  }

  expect(await withOwn(client)).toMatchObject(VERIFIED)
  expect(await withOwn(stranger.issue('agent', 'agent'))).toMatchObject({ kind: 'failed', retryable: true })
  using to = sender(receiver.port, (await tlsFiles({ ca_file })).files)
  expect(await to.send(request, 5000)).toMatchObject({ kind: 'failed', retryable: true })
})

test('certificates that are replaced are used from the next request on; what is unusable is told once', async () => {
  await using directory = await temporaryDirectory()
  await using receiver = await secured()
  const ca_file = await directory.write('ca.pem', stranger.cert)
  const { files, logged } = await tlsFiles({ ca_file, reload_interval: 0.001 })
  using to = sender(receiver.port, files)
  expect(await to.send(request, 5000)).toMatchObject({ kind: 'failed' })

  await directory.write('ca.pem', ca.cert)
  expect(await to.send(request, 5000)).toMatchObject(VERIFIED)
  await directory.write('ca.pem', 'half of a fi')
  expect(await to.send(request, 5000)).toMatchObject(VERIFIED)
  expect(await to.send(request, 5000)).toMatchObject(VERIFIED)

  expect(receiver.connections).toBe(2)
  expect(logged.map(({ level, fields }) => [level, fields.reason])).toEqual([
    ['info', undefined],
    [
      'warn',
      expect.stringMatching(/exporters::otlp_grpc::tls::ca_file: .*ca\.pem has no certificate in PEM/),
    ],
  ])
})

test.each([
  [{ ca_file: '/nowhere' }, /tls::ca_file: \/nowhere cannot be read \(ENOENT\)/],
  [{ cert_file: import.meta.filename, key_file: import.meta.filename }, /are not a certificate and its key/],
])('TLS files %j are refused at the start', async (config, message) => {
  await expect(tlsFiles(config)).rejects.toThrow(message)
})
