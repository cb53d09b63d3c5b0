import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { wantsGzip } from './accept.ts'
import type { Access } from './access.ts'

export interface Reply {
  readonly status: number
  readonly type: string
  /** Parts are asked for one by one, each when the one before is on its way, and compressed for who asks for it. */
  readonly body: string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** As `vary`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The whole of it was handed to the kernel; not called for HEAD. */
  readonly sent?: () => void
}

/** @param headers of the request, in lower case */
export interface Asked {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** Address of who asks; empty where it has gone already. */
  readonly peer: string
}

/** @returns nothing for a path that there is nothing at */
export type Answer = (asked: Asked) => Reply | undefined | Promise<Reply | undefined>

/** Time for a whole answer, whatever its size: who takes it in drops is not waited for. */
const ANSWER_MS = 120_000

/** Answers a request, and never fails: who goes away in the middle is not heard of again. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  access: Access | undefined,
): Promise<void> {
  response.on('error', () => {}) // the connection broke
  const refuse = (status: number, why: string, headers = {}) =>
    send(request, response, { status, type: 'text/plain; charset=utf-8', body: `${why}\n`, headers })
  try {
    const refusal = await access?.refusal(request)
    if (refusal) return await refuse(refusal.status, refusal.why, refusal.headers)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return await refuse(405, 'only GET and HEAD are answered here', { allow: 'GET, HEAD' })
    const path = URL.parse(request.url ?? '', 'http://localhost')?.pathname
    if (path === undefined) return await refuse(400, 'this is not a path')
    const reply = await answer({ path, headers: request.headers, peer: request.socket.remoteAddress ?? '' })
    if (reply) await send(request, response, reply)
    else await refuse(404, 'nothing is here')
  } catch (error) {
    // Half an answer must not look like a whole one.
    if (response.headersSent) response.destroy()
    else await refuse(500, String(error)).catch(() => response.destroy())
  }
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const { status, type, body, headers, sent } = reply
  const isText = typeof body === 'string'
  const gzip = !isText && wantsGzip(request.headers['accept-encoding']?.toString())
  response.writeHead(status, {
    'content-type': type,
    ...headers,
    ...(isText && { 'content-length': Buffer.byteLength(body) }),
    ...(gzip && { 'content-encoding': 'gzip' }),
  })
  if (request.method === 'HEAD') response.end()
  else if (isText) response.end(body)
  else {
    const cut = setTimeout(() => response.destroy(), ANSWER_MS).unref()
    try {
      const parts = Readable.from(body)
      if (gzip) await pipeline(parts, await fastGzip(), response)
      else await pipeline(parts, response)
      sent?.()
    } finally {
      clearTimeout(cut)
    }
  }
}

/** Level 1: a tenth of the size already, for half of what the usual level costs. Loaded for the first who asks for it. */
async function fastGzip(): Promise<Transform> {
  const { constants, createGzip } = await import('node:zlib')
  return createGzip({ level: constants.Z_BEST_SPEED })
}
