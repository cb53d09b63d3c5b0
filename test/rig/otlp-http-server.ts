import { once } from 'node:events'
import { createServer as createClear, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { decodeExport, type OtlpExport } from './otlp-decode.ts'

export interface Posted extends OtlpExport {
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

export type HttpAnswer =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: Buffer | string
    }
  | 'never'
  | 'hang up'
  /** Only where the connection has served a request before. */
  | 'hang up when idle'

export interface OtlpHttpServer extends AsyncDisposable {
  readonly port: number
  readonly received: readonly Posted[]
  readonly connections: number
  answer: HttpAnswer
}

/** A receiver of OTLP over HTTP that answers as it is told. */
export async function startOtlpHttpServer(
  answer: HttpAnswer = { status: 200 },
  tls?: TlsOptions,
): Promise<OtlpHttpServer> {
  const received: Posted[] = []
  const sockets = new Set<Socket>()
  const used = new WeakSet<Socket>()
  let connections = 0
  const server = tls ? createSecure(tls) : createClear()
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('request', async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { headers } = request
    const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    received.push({ path: `${request.method} ${request.url}`, headers, ...decodeExport(plain) })
    const reused = used.has(request.socket)
    used.add(request.socket)
    const { answer } = handle
    if (answer === 'hang up when idle') reply(response, reused ? 'hang up' : { status: 200 })
    else reply(response, answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const handle: OtlpHttpServer = {
    port: (server.address() as AddressInfo).port,
    received,
    get connections() {
      return connections
    },
    answer,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return handle
}

function reply(response: ServerResponse, answer: Exclude<HttpAnswer, 'hang up when idle'>): void {
  if (answer === 'never') return
  if (answer === 'hang up') response.socket?.destroy()
  else response.writeHead(answer.status, { ...answer.headers }).end(answer.body)
}
