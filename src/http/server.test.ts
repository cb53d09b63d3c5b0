import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import type { NetsondeError } from '../errors.ts'
import type { Answer } from './respond.ts'
import { serve } from './server.ts'

const free = { host: 'localhost', port: 0 }
const hello: Answer = ({ path }) =>
  path === '/hello' ? { status: 200, type: 'text/plain', body: 'höi' } : undefined

test.each([
  ['GET', '/hello', 200, 'höi'],
  ['GET', '/hello?x=1', 200, 'höi'],
  ['HEAD', '/hello', 200, ''],
  ['GET', '/', 404, 'nothing is here\n'],
  ['POST', '/hello', 405, 'only GET and HEAD are answered here\n'],
])('%s %s is answered with %i', async (method, path, status, body) => {
  await using server = await serve(free, 'here', hello)
  const response = await fetch(server.origin + path, { method })

  expect([response.status, await response.text()]).toEqual([status, body])
})

test.each(['127.0.0.1', '[::1]'])('localhost is reached by %s', async (host) => {
  await using server = await serve(free, 'here', hello)
  const { port } = new URL(server.origin)

  expect((await fetch(`http://${host}:${port}/hello`)).status).toBe(200)
})

test('an answer that fails is a 500 with its reason', async () => {
  await using server = await serve(free, 'here', () => Promise.reject(new Error('broken')))
  const response = await fetch(server.origin)

  expect([response.status, await response.text()]).toEqual([500, 'Error: broken\n'])
})

test('a request line that is no path is a 400', async () => {
  await using server = await serve(free, 'here', hello)

  expect(await raw(server.origin, 'GET http://[ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1.1 400 /,
  )
})

test('an endpoint in use is refused with its setting, its address and what to do', async () => {
  await using server = await serve({ host: '127.0.0.1', port: 0 }, 'first', hello)
  const port = Number(new URL(server.origin).port)
  const error = await serve({ host: 'localhost', port }, 'exporters::prometheus::endpoint', hello).catch(
    (error: NetsondeError) => error,
  )

  expect(error).toMatchObject({
    code: 'ENDPOINT_UNUSABLE',
    message: expect.stringMatching(
      `^exporters::prometheus::endpoint: localhost:${port} is in use .*ss -ltnp sport = :${port}.* another port$`,
    ),
    cause: { code: 'EADDRINUSE' },
  })
})

test('an endpoint that is in use by one family of localhost only is refused, and leaves the other free', async () => {
  const other = createServer().listen(0, '::1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }

  await expect(serve({ host: 'localhost', port }, 'here', hello)).rejects.toThrow('in use')
  await using four = await serve({ host: '127.0.0.1', port }, 'here', hello)
  expect(four.origin).toBe(`http://127.0.0.1:${port}`)
  other.close()
})

test.each([
  ['192.0.2.1', 'is not an address of this host'],
  ['no-such-host.invalid', 'a host name that is not known here'],
])('%s %s', async (host, why) => {
  await expect(serve({ host, port: 0 }, 'here', hello)).rejects.toThrow(why)
})

test.each<[string, string]>([
  ['a connection that is kept alive', 'GET /hello HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['a connection that has asked nothing', ''],
  ['a request that does not end', 'GET /hello HTTP/1.1\r\nhost:'],
])('%s does not hold up the end', async (_, request) => {
  const server = await serve(free, 'here', hello)
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
  await once(socket, 'connect')
  if (request.endsWith('\r\n\r\n')) {
    socket.write(request)
    await once(socket, 'data')
  } else socket.write(request)
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))

  const started = performance.now()
  await server[Symbol.asyncDispose]()
  await closed
  expect(performance.now() - started).toBeLessThan(1000)
  await server[Symbol.asyncDispose]() // twice
})

test('an answer that is under way arrives although the server ends', async () => {
  const gate = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const server = await serve(free, 'here', async () => {
    asked.resolve()
    await gate.promise
    return { status: 200, type: 'text/plain', body: 'in time' }
  })
  const response = fetch(server.origin)
  await asked.promise
  const closing = server[Symbol.asyncDispose]()
  gate.resolve()

  expect(await (await response).text()).toBe('in time')
  await closing
})

async function raw(origin: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.end(request)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}
