import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Endpoint, formatEndpoint } from '../config/endpoint.ts'
import { NetsondeError } from '../errors.ts'

/** Time for answers that are under way when the server is closed. */
const GRACE_MS = 500

export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** @returns nothing for a path that there is nothing at */
export type Answer = (path: string) => Reply | undefined | Promise<Reply | undefined>

export interface HttpServer extends AsyncDisposable {
  /** As `http://localhost:9464`: the host as it was asked for, the port that it got. */
  readonly origin: string
}

/**
 * Answers GET and HEAD at an endpoint, `localhost` by both of its families.
 * Dispose lets answers that are under way end, for half a second, and then cuts all connections.
 *
 * @param setting what the endpoint is called in the configuration, for messages
 * @throws {NetsondeError} ENDPOINT_UNUSABLE: in use, not an address of this host, or not allowed
 */
export async function serve(endpoint: Endpoint, setting: string, answer: Answer): Promise<HttpServer> {
  const servers = await listen(
    endpoint,
    (request, response) => void respond(request, response, answer),
  ).catch((cause) => {
    throw unusable(endpoint, setting, cause)
  })
  const port = portOf(servers[0] as Server)
  return {
    origin: `http://${formatEndpoint({ host: endpoint.host, port })}`,
    [Symbol.asyncDispose]: () => close(servers),
  }
}

async function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const send = (status: number, type: string, body: string) =>
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
  const refuse = (status: number, why: string) => send(status, 'text/plain; charset=utf-8', `${why}\n`)

  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return void refuse(405, 'only GET and HEAD are answered here')
  }
  const path = URL.parse(request.url ?? '', 'http://localhost')?.pathname
  if (path === undefined) return void refuse(400, 'this is not a path')
  try {
    const reply = await answer(path)
    if (reply) send(reply.status, reply.type, reply.body)
    else refuse(404, 'nothing is here')
  } catch (error) {
    refuse(500, String(error))
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function listen({ host, port }: Endpoint, handler: Handler, attempts = 5): Promise<Server[]> {
  if (host !== 'localhost') return [await listenAt(host, port, handler)]
  // Node would take one address of the name, and which one that is differs from host to host.
  const first = await listenAt('127.0.0.1', port, handler)
  try {
    return [first, await listenAt('::1', portOf(first), handler)]
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return [first] // no IPv6 here
    await close([first])
    // A port that the kernel chose is free for the first family, which says nothing about the other.
    if (code === 'EADDRINUSE' && port === 0 && attempts > 1)
      return listen({ host, port }, handler, attempts - 1)
    throw error
  }
}

function listenAt(host: string, port: number, handler: Handler): Promise<Server> {
  const server = createServer(handler)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      server.on('error', () => {}) // no file left for a connection: who asked sees it, the next may be served
      resolve(server)
    })
  })
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function close(servers: readonly Server[]): Promise<void> {
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
  for (const server of servers) server.closeIdleConnections()
  const cut = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, GRACE_MS)
  await Promise.all(closed)
  clearTimeout(cut)
}

/** For whoever reads the log and has to change something. */
function unusable(endpoint: Endpoint, setting: string, cause: NodeJS.ErrnoException): NetsondeError {
  const at = formatEndpoint(endpoint)
  const unknownHost = 'has a host name that is not known here; write an address'
  const why: Record<string, string> = {
    EADDRINUSE: `is in use by another program; stop that one ('ss -ltnp sport = :${endpoint.port}' shows it) or set another port`,
    EADDRNOTAVAIL: 'is not an address of this host; 0.0.0.0 stands for all that it has',
    ENOTFOUND: unknownHost,
    EAI_AGAIN: unknownHost,
    EACCES: 'is not allowed to this user; ports below 1024 need root or CAP_NET_BIND_SERVICE',
  }
  const message = `${setting}: ${at} ${why[cause.code ?? ''] ?? `cannot be listened at: ${cause.message}`}`
  return new NetsondeError('ENDPOINT_UNUSABLE', message, { cause })
}
