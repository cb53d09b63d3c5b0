import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { batchOf } from '../rig/batch.ts'
import { parseOpenMetrics } from '../rig/openmetrics.ts'
import { samplesOf } from '../rig/scrape.ts'
import { type Chain, startChain } from './chain.ts'

const ROWS = 20_000
const limit = {
  metrics: { 'netsonde.flow.io': { attributes: ['source.address', 'source.port'], limit: 2 * ROWS } },
}

/** Each row a series: some megabytes of text, more than the kernel holds for a connection. */
const traffic = batchOf({
  columns: {
    'source.address': Array.from(
      { length: ROWS },
      (_, i) => `2001:db8:1111:2222:3333:4444:5555:${i.toString(16)}`,
    ),
    'source.port': Array.from({ length: ROWS }, (_, i) => i),
  },
  values: { 'netsonde.flow.io': Array.from({ length: ROWS }, (_, i) => i) },
})

async function chainWithTraffic(): Promise<Chain> {
  const chain = await startChain({ limit })
  await chain.consume(traffic)
  return chain
}

/** What a scrape adds up to, if nothing is missing and nothing is there twice. */
const complete = { series: ROWS, bytes: (ROWS * (ROWS - 1)) / 2 }
function totals(text: string): typeof complete {
  const samples = [...samplesOf(text)].filter(([key]) => key.startsWith('netsonde_flow_io_bytes_total'))
  return { series: samples.length, bytes: samples.reduce((sum, [, value]) => sum + value, 0) }
}

function socketTo({ url }: Chain): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {}) // is what is to be expected
  return socket
}

const ask = (encoding = 'identity') =>
  `GET /metrics HTTP/1.1\r\nhost: a\r\naccept-encoding: ${encoding}\r\n\r\n`

/** Each does what it does to the chain, and leaves what has to be ended. */
const rude: [string, (chain: Chain) => Promise<Socket[]>][] = [
  [
    'some that ask and never read',
    async (chain) => {
      const sockets = ['identity', 'gzip', 'identity'].map((encoding) => {
        const socket = socketTo(chain).pause()
        socket.write(ask(encoding))
        return socket
      })
      await Promise.all(sockets.map((socket) => once(socket, 'readable')))
      return sockets
    },
  ],
  [
    'one with a megabyte of headers',
    async (chain) => {
      const socket = socketTo(chain)
      const closed = new Promise((resolve) => socket.on('close', resolve))
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk
      })
      socket.write(`GET /metrics HTTP/1.1\r\nhost: a\r\n${`x: ${'y'.repeat(1020)}\r\n`.repeat(1024)}\r\n`)
      await closed
      expect(answer).not.toContain('200 OK')
      return []
    },
  ],
  [
    'some that go away in the middle',
    async (chain) => {
      for (const encoding of ['identity', 'gzip']) {
        const socket = socketTo(chain)
        socket.write(ask(encoding))
        await once(socket, 'data')
        socket.resetAndDestroy()
      }
      return []
    },
  ],
  [
    'one that asks and is gone before it is answered',
    async (chain) => {
      const socket = socketTo(chain)
      await once(socket, 'connect')
      await new Promise((resolve) => socket.write(ask(), resolve))
      socket.resetAndDestroy()
      return []
    },
  ],
  [
    'one that begins a request and stops',
    async (chain) => {
      const socket = socketTo(chain)
      await once(socket, 'connect')
      socket.write('GET /metrics HTTP/1.1\r\nhos')
      return [socket]
    },
  ],
  [
    'one that does not speak HTTP',
    async (chain) => {
      const socket = socketTo(chain)
      const closed = new Promise((resolve) => socket.on('close', resolve))
      socket.resume().write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')
      await closed
      return []
    },
  ],
]

describe.each(rude)('beside %s', (_, misbehave) => {
  test('others get all there is, then and later', async () => {
    await using chain = await chainWithTraffic()
    const left = await misbehave(chain)

    expect(totals(await chain.scrape())).toEqual(complete)
    await chain.consume(traffic)
    expect(totals(await chain.scrape())).toEqual({ series: ROWS, bytes: 2 * complete.bytes })
    for (const socket of left) socket.destroy()
  })
})

test('two scrapers at once get the same, whole, in whatever format they want', async () => {
  await using chain = await chainWithTraffic()
  const scrape = async (headers: Record<string, string>) => (await fetch(chain.url, { headers })).bytes()
  const [plain, compressed, open] = await Promise.all([
    scrape({ 'accept-encoding': 'identity' }),
    scrape({ 'accept-encoding': 'gzip' }),
    scrape({ accept: 'application/openmetrics-text' }),
  ])

  expect(totals(Buffer.from(plain).toString())).toEqual(complete)
  expect(Buffer.compare(plain, compressed)).toBe(0)
  const family = parseOpenMetrics(open).find(({ name }) => name === 'netsonde_flow_io_bytes')
  expect(family?.samples.length).toBe(ROWS)
})

test('a slow scraper gets what was there when it asked, though everything counts on meanwhile', async () => {
  await using chain = await chainWithTraffic()
  const socket = socketTo(chain).pause()
  socket.write(ask().replace('HTTP/1.1', 'HTTP/1.0'))
  await once(socket, 'readable')
  for (let i = 0; i < 3; i++) await chain.consume(traffic)

  let text = ''
  for await (const chunk of socket) text += chunk
  expect(totals(text.slice(text.indexOf('\r\n\r\n') + 4))).toEqual(complete)
  expect(totals(await chain.scrape()).bytes).toBe(4 * complete.bytes)
})
