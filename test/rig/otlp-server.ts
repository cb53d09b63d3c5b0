import { once } from 'node:events'
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { decodeExport, type OtlpExport } from './otlp-decode.ts'

export interface Received extends OtlpExport {
  readonly headers: IncomingHttpHeaders
  readonly compressed: boolean
  /** Of the message before compression. */
  readonly bytes: number
}

/** A gRPC status by number; 0 takes the export. `never`: no answer at all; `hang up`: the connection ends instead. */
export type Answer =
  | {
      readonly status: number
      readonly message?: string
      readonly body?: Buffer
      /** grpc-status-details-bin */
      readonly details?: Buffer
      /** The message is refused above this size, as gRPC's servers do. */
      readonly largest?: number
      /** After that time. */
      readonly afterMs?: number
    }
  | 'never'
  | 'hang up'

export interface OtlpServer extends AsyncDisposable {
  readonly port: number
  readonly received: readonly Received[]
  /** Connections that there have been. */
  readonly connections: number
  /** The export after those that are there already. */
  next(): Promise<Received>
  /** What is answered from now on. */
  answer: Answer
}

/**
 * A Collector that answers as it is told, for what a real one cannot be made to do.
 *
 * @param tls `undefined`: in the clear
 */
export async function startOtlpServer(
  port = 0,
  answer: Answer = { status: 0 },
  tls?: TlsOptions,
): Promise<OtlpServer> {
  const server = tls ? createSecureServer(tls) : createServer()
  const sessions = new Set<ServerHttp2Session>()
  const sockets = new Set<Socket>()
  const received: Received[] = []
  let arrival = Promise.withResolvers<Received>()
  let connections = 0

  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
  })
  server.on('stream', async (stream: ServerHttp2Stream, headers) => {
    const message = await bodyOf(stream)
    if (!message) return
    const compressed = message[0] === 1
    const body = compressed ? gunzipSync(message.subarray(5)) : message.subarray(5)
    const request = { headers, compressed, bytes: body.length, ...decodeExport(body) }
    received.push(request)
    const { answer } = handle
    const afterMs = typeof answer === 'object' ? answer.afterMs : undefined
    if (afterMs) setTimeout(() => reply(stream, answer, body.length), afterMs)
    else reply(stream, answer, body.length)
    arrival.resolve(request)
    arrival = Promise.withResolvers()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  const handle: OtlpServer = {
    port: (server.address() as AddressInfo).port,
    received,
    get connections() {
      return connections
    },
    answer,
    next: () => arrival.promise,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      for (const socket of sockets) socket.destroy()
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
function reply(stream: ServerHttp2Stream, answer: Answer, size: number): void {
  if (answer === 'never' || stream.destroyed) return
  if (answer === 'hang up') {
    stream.session?.destroy()
    return
  }
  const { largest = size } = answer
  const {
    status,
    message = '',
    body = Buffer.alloc(0),
    details,
  } = size > largest ? tooLarge(size, largest) : answer
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => {
    stream.sendTrailers({
      'grpc-status': String(status),
      'grpc-message': encodeURIComponent(message),
      ...(details && { 'grpc-status-details-bin': details.toString('base64') }),
    })
  })
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(body.length, 1)
  stream.end(status === 0 ? Buffer.concat([prefix, body]) : undefined)
}

/** The words of gRPC for Go. */
function tooLarge(size: number, largest: number): Exclude<Answer, string> {
  return { status: 8, message: `grpc: received message larger than max (${size} vs. ${largest})` }
}

/** google.rpc.Status with a google.rpc.RetryInfo. */
export function retryInfo(code: number, seconds: number): Buffer {
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.of(number * 8 + 2, content.length), content])
  const delay = Buffer.of(8, seconds)
  const any = Buffer.concat([
    field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
    field(2, field(1, delay)),
  ])
  return Buffer.concat([Buffer.of(8, code), field(3, any)])
}

/** A port at which nobody listens, until somebody does. */
export async function freePort(): Promise<number> {
  await using server = await startOtlpServer()
  return server.port
}
