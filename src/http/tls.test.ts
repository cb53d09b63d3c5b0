import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { authority, type Certificate } from '../../test/rig/certificate.ts'
import { type Directory, temporaryDirectory } from '../../test/rig/directory.ts'
import { settingsOf } from '../../test/rig/settings.ts'
import { serve } from './server.ts'
import { serverTls } from './tls.ts'

const ca = authority()
const first = ca.issue('first', 'localhost', '127.0.0.1')
const second = ca.issue('second', 'localhost', '127.0.0.1')
const setting = 'exporters::prometheus::tls'

async function files(directory: Directory, certificate: Certificate) {
  await directory.write('cert.pem', certificate.cert)
  await directory.write('key.pem', certificate.key)
}

async function started(directory: Directory, { clientCa = false, reloadIntervalMs = 0 } = {}) {
  const settings = settingsOf('prometheus')
  const tls = await serverTls({
    certFile: directory.path('cert.pem'),
    keyFile: directory.path('key.pem'),
    clientCaFile: clientCa ? await directory.write('ca.pem', ca.cert) : undefined,
    reloadIntervalMs,
    setting,
    log: settings.log,
  })
  const access = { tls, refusal: async () => undefined, [Symbol.dispose]() {} }
  const server = await serve(
    { host: 'localhost', port: 0 },
    'here',
    () => ({ status: 200, type: 'text/plain', body: 'served' }),
    access,
  )
  const port = Number(new URL(server.origin).port)
  return {
    tls,
    settings,
    server,
    port,
    async [Symbol.asyncDispose]() {
      tls[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The certificate that the server shows and what it answers. */
async function ask(port: number, own?: Certificate, host = '127.0.0.1'): Promise<[PeerCertificate, string]> {
  const socket: TLSSocket = connectTls({
    host,
    port,
    ca: ca.cert,
    servername: 'localhost',
    ...(own && { cert: own.cert, key: own.key }),
  })
  await once(socket, 'secureConnect')
  const peer = socket.getPeerCertificate()
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  let text = ''
  for await (const chunk of socket) text += chunk
  return [peer, text]
}

test.each(['127.0.0.1', '::1'])('HTTPS is spoken at %s, with a certificate that is checked', async (host) => {
  await using directory = await temporaryDirectory()
  await files(directory, first)
  await using made = await started(directory)
  const [peer, text] = await ask(made.port, undefined, host)

  expect(made.server.origin).toBe(`https://localhost:${made.port}`)
  expect(peer.subject.CN).toBe('first')
  expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n.*served$/s)
})

test('who asks without TLS gets nothing, and others are served', async () => {
  await using directory = await temporaryDirectory()
  await files(directory, first)
  await using made = await started(directory)
  const plain = connect(made.port, '127.0.0.1').end('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  let text = ''
  plain.on('data', (chunk) => {
    text += chunk
  })
  await new Promise((resolve) => plain.on('error', () => {}).on('close', resolve))

  expect(text).not.toContain('served')
  expect((await ask(made.port))[1]).toContain('served')
})

test('with an authority for clients, only its certificates are served', async () => {
  await using directory = await temporaryDirectory()
  await files(directory, first)
  await using made = await started(directory, { clientCa: true })

  expect((await ask(made.port, ca.issue('scraper')))[1]).toContain('served')
  // In TLS 1.3 the client's side is done before the server has looked at its certificate.
  const answer = (own?: Certificate) =>
    ask(made.port, own).then(
      ([, text]) => text,
      () => '',
    )
  expect(await answer()).toBe('')
  expect(await answer(authority().issue('stranger'))).toBe('')
})

test('a new certificate is taken up; one without its key is not, and is told once', async () => {
  await using directory = await temporaryDirectory()
  await files(directory, first)
  await using made = await started(directory)
  await directory.write('cert.pem', second.cert) // its key comes later
  await made.tls.reload()
  await made.tls.reload()
  expect((await ask(made.port))[0].subject.CN).toBe('first')

  await directory.write('key.pem', second.key)
  await made.tls.reload()
  expect((await ask(made.port))[0].subject.CN).toBe('second')
  expect((await ask(made.port, undefined, '::1'))[0].subject.CN).toBe('second')
  expect(made.settings.logged.map(({ message, fields }) => [message, fields.reason])).toEqual([
    [
      'the certificate that was read before stays in use',
      expect.stringContaining('key.pem is not the key of the certificate in'),
    ],
    ['new certificate in use', undefined],
  ])
})

test('the files are looked at in the interval', async () => {
  await using directory = await temporaryDirectory()
  await files(directory, first)
  await using made = await started(directory, { reloadIntervalMs: 10 })
  await directory.write('key.pem', second.key)
  await directory.write('cert.pem', second.cert)

  await made.settings.said('new certificate in use')
  expect((await ask(made.port))[0].subject.CN).toBe('second')
})

test.each<[string, Record<string, string | undefined>, string]>([
  [
    'no certificate file',
    { 'cert.pem': undefined },
    `${setting}::cert_file: .*cert.pem cannot be read \\(ENOENT\\)`,
  ],
  ['no key file', { 'key.pem': undefined }, `${setting}::key_file: .*key.pem cannot be read`],
  [
    'no certificate in it',
    { 'cert.pem': 'none' },
    `${setting}::cert_file: .*cert.pem has no certificate in PEM`,
  ],
  ['no key in it', { 'key.pem': '' }, `${setting}::key_file: .*key.pem has no private key`],
  ['the key of another', { 'key.pem': second.key }, `${setting}::key_file: .*key.pem is not the key of`],
  [
    'an authority that is none',
    { 'ca.pem': '' },
    `${setting}::client_ca_file: .*ca.pem has no certificate in PEM`,
  ],
])('%s ends the start with the setting', async (_, written, message) => {
  await using directory = await temporaryDirectory()
  const contents = { 'cert.pem': first.cert, 'key.pem': first.key, 'ca.pem': ca.cert, ...written }
  for (const [name, text] of Object.entries(contents))
    if (text !== undefined) await directory.write(name, text)

  const settings = settingsOf('prometheus')
  const made = serverTls({
    certFile: directory.path('cert.pem'),
    keyFile: directory.path('key.pem'),
    clientCaFile: directory.path('ca.pem'),
    reloadIntervalMs: 0,
    setting,
    log: settings.log,
  })
  await expect(made).rejects.toMatchObject({
    code: 'TLS_FILE_UNUSABLE',
    message: expect.stringMatching(`^${message}`),
  })
})

test('a handshake that does not end does not hold up the end', async () => {
  await using directory = await temporaryDirectory()
  await files(directory, first)
  const made = await started(directory)
  const socket = connect(made.port, '127.0.0.1')
  await once(socket, 'connect')
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))

  await made[Symbol.asyncDispose]() // in less than the test's own time
  await closed
})
