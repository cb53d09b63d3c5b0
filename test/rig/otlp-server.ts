import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { decodeExport, type OtlpExport } from './otlp-decode.ts'

export interface Received extends OtlpExport {
  readonly headers: IncomingHttpHeaders
  readonly compressed: boolean
}

/** A gRPC status by number; 0 takes the export. `never`: no answer at all. */
export type Answer = { readonly status: number; readonly message?: string; readonly body?: Buffer } | 'never'

export interface OtlpServer extends AsyncDisposable {
  readonly port: number
  readonly received: readonly Received[]
  /** The export after those that are there already. */
  next(): Promise<Received>
  /** What is answered from now on. */
  answer: Answer
}

/** A Collector that answers as it is told, for what a real one cannot be made to do. */
export async function startOtlpServer(port = 0, answer: Answer = { status: 0 }): Promise<OtlpServer> {
  const server = createServer()
  const sessions = new Set<ServerHttp2Session>()
  const received: Received[] = []
  let arrival = Promise.withResolvers<Received>()

  server.on('session', (session) => sessions.add(session))
  server.on('stream', async (stream: ServerHttp2Stream, headers) => {
    const message = await bodyOf(stream)
    if (!message) return
    const compressed = message[0] === 1
    const body = message.subarray(5)
    const request = { headers, compressed, ...decodeExport(compressed ? gunzipSync(body) : body) }
    received.push(request)
    reply(stream, handle.answer)
    arrival.resolve(request)
    arrival = Promise.withResolvers()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  const handle: OtlpServer = {
    port: (server.address() as AddressInfo).port,
    received,
    answer,
    next: () => arrival.promise,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return handle
}

/** Nothing where the client gave up. */
async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer | undefined> {
  stream.on('error', () => {})
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk)
  } catch {
    return undefined
  }
  return Buffer.concat(chunks)
}

/** @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
function reply(stream: ServerHttp2Stream, answer: Answer): void {
  if (answer === 'never' || stream.destroyed) return
  const { status, message = '', body = Buffer.alloc(0) } = answer
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) })
  })
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(body.length, 1)
  stream.end(status === 0 ? Buffer.concat([prefix, body]) : undefined)
}

/** A port at which nobody listens, until somebody does. */
export async function freePort(): Promise<number> {
  await using server = await startOtlpServer()
  return server.port
}
