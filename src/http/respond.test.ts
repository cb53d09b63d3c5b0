import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Reply } from './respond.ts'
import { serve } from './server.ts'

const free = { host: '127.0.0.1', port: 0 }

/** An answer of many parts; `asked` counts those that were made, `ended` settles when nobody wants more. */
function parts(count: number, part = Buffer.alloc(64 * 1024, 'x')) {
  const ended = Promise.withResolvers<void>()
  const made = { asked: 0, ended: ended.promise, sent: 0 }
  async function* body() {
    try {
      for (let i = 0; i < count; i++) {
        made.asked++
        yield part
      }
    } finally {
      ended.resolve()
    }
  }
  const reply = (): Reply => ({
    status: 200,
    type: 'text/plain',
    headers: { vary: 'accept-encoding' },
    body: body(),
    sent: () => void made.sent++,
  })
  return { made, reply }
}

/** With the body as it came over the wire. */
async function ask(origin: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const request = httpRequest(origin, { agent: false, ...options }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

test('an answer in parts arrives whole, and is said to be sent', async () => {
  const { made, reply } = parts(10)
  await using server = await serve(free, 'here', reply)
  const { headers, body } = await ask(server.origin)

  expect(body.length).toBe(10 * 64 * 1024)
  expect(headers['content-encoding']).toBeUndefined()
  expect(headers.vary).toBe('accept-encoding')
  expect(made.sent).toBe(1)
})

test('who asks for gzip gets it, of the same', async () => {
  const { reply } = parts(10)
  await using server = await serve(free, 'here', reply)
  const { headers, body } = await ask(server.origin, { headers: { 'accept-encoding': 'gzip' } })

  expect(headers['content-encoding']).toBe('gzip')
  expect(body.length).toBeLessThan(10_000)
  expect(gunzipSync(body)).toEqual(Buffer.alloc(10 * 64 * 1024, 'x'))
})

test('HEAD has the headers and makes no part', async () => {
  const { made, reply } = parts(10)
  await using server = await serve(free, 'here', reply)
  const { status, headers, body } = await ask(server.origin, {
    method: 'HEAD',
    headers: { 'accept-encoding': 'gzip' },
  })

  expect([status, headers['content-type'], headers['content-encoding']]).toEqual([200, 'text/plain', 'gzip'])
  expect([body.length, made.asked, made.sent]).toEqual([0, 0, 0])
})

test.each(['identity', 'gzip'])(
  'who goes away in the middle (%s) ends the making of parts',
  async (encoding) => {
    const incompressible = Buffer.from(
      Array.from({ length: 64 * 1024 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    )
    const { made, reply } = parts(100_000, incompressible)
    await using server = await serve(free, 'here', reply)
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
    socket.write(`GET / HTTP/1.1\r\nhost: a\r\naccept-encoding: ${encoding}\r\n\r\n`)
    await once(socket, 'data')
    socket.destroy()

    await made.ended
    expect(made.asked).toBeLessThan(100_000)
    expect(made.sent).toBe(0)
    expect((await ask(server.origin, { method: 'HEAD' })).status).toBe(200)
  },
)

test('parts are made as they are taken, not ahead of who does not read', async () => {
  const { made, reply } = parts(100_000)
  await using server = await serve(free, 'here', reply)
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  socket.pause()
  let before = -1
  while (made.asked !== before) {
    before = made.asked
    await ask(server.origin, { method: 'HEAD' }) // time for the other to go on, if it does
  }

  expect(made.asked).toBeLessThan(1000) // what the kernel's buffers hold
  socket.destroy()
  await made.ended
})

test('an answer that fails in the middle does not look whole', async () => {
  async function* body() {
    yield Buffer.from('the first part')
    throw new Error('broken')
  }
  await using server = await serve(free, 'here', () => ({ status: 200, type: 'text/plain', body: body() }))

  await expect(ask(server.origin)).rejects.toThrow(/aborted|hang up/)
})

test('a megabyte of headers is refused, and others are served', async () => {
  await using server = await serve(free, 'here', () => ({ status: 200, type: 'text/plain', body: 'served' }))
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))
  socket.write(`GET / HTTP/1.1\r\nhost: a\r\n`)
  for (let i = 0; i < 1024; i++) socket.write(`x-${i}: ${'y'.repeat(1000)}\r\n`)
  await closed

  expect(text).not.toContain('served')
  expect((await ask(server.origin)).body.toString()).toBe('served')
})

test('where connections that wait have taken all the room, the next who comes gets some', async () => {
  await using server = await serve(free, 'here', () => ({ status: 200, type: 'text/plain', body: 'served' }))
  const port = Number(new URL(server.origin).port)
  const waiting = await Promise.all(
    Array.from({ length: 128 }, async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      await once(socket, 'data')
      return socket
    }),
  )
  await expect(ask(server.origin)).rejects.toThrow(/hang up|ECONNRESET/)

  expect((await ask(server.origin)).body.toString()).toBe('served')
  for (const socket of waiting) socket.destroy()
})
