import type { RequestListener, Server, ServerOptions } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Endpoint, formatEndpoint } from '../config/endpoint.ts'
import { NetsondeError } from '../errors.ts'
import type { Access } from './access.ts'
import { createServer } from './node-http.ts'
import { type Answer, respond } from './respond.ts'

/** Time for answers that are under way when the server is closed. */
const GRACE_MS = 500

/** What a single client may take up. Real ones need a fraction of it. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  /** Longer than the usual minute between two scrapes: a new connection by TLS costs more than a scrape. */
  keepAliveTimeout: 120_000,
  connectionsCheckingInterval: 2000,
} satisfies ServerOptions
/** Without a byte that moved, while an answer is under way. Node waits twice as long where it still has to write. */
const STALLED_MS = 15_000
/** By address that is listened at. */
const MAX_CONNECTIONS = 128

export interface HttpServer extends AsyncDisposable {
  /** As `http://localhost:9464`: the host as it was asked for, the port that it got. */
  readonly origin: string
}

/**
 * Answers GET and HEAD at an endpoint, `localhost` by both of its families.
 * Dispose lets answers that are under way end, for half a second, and then cuts all connections.
 *
 * @param setting what the endpoint is called in the configuration, for messages
 * @param access who may ask, and by TLS or not; everybody in the clear where it is left out. Is disposed by the caller.
 * @throws {NetsondeError} ENDPOINT_UNUSABLE: in use, not an address of this host, or not allowed
 */
export async function serve(
  endpoint: Endpoint,
  setting: string,
  answer: Answer,
  access?: Access,
): Promise<HttpServer> {
  const servers = await listen(endpoint, () =>
    create((request, response) => void respond(request, response, answer, access), access),
  ).catch((cause) => {
    throw unusable(endpoint, setting, cause)
  })
  const port = portOf(servers[0] as Listening)
  return {
    origin: `${access?.tls ? 'https' : 'http'}://${formatEndpoint({ host: endpoint.host, port })}`,
    [Symbol.asyncDispose]: () => close(servers),
  }
}

/** A server with the connections that it has, those that are still in their handshake too. */
interface Listening {
  readonly server: Server
  readonly connections: Set<Socket>
}

function create(handler: RequestListener, access: Access | undefined): Listening {
  const server = access?.tls?.createServer(LIMITS, handler) ?? createServer(LIMITS, handler)
  server.timeout = STALLED_MS
  server.maxConnections = MAX_CONNECTIONS
  // Who comes when it is full finds room at the next try: connections that only wait make it.
  server.on('drop', () => server.closeIdleConnections())
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  return { server, connections }
}

async function listen({ host, port }: Endpoint, make: () => Listening, attempts = 5): Promise<Listening[]> {
  if (host !== 'localhost') return [await listenAt(host, port, make())]
  // Node would take one address of the name, and which one that is differs from host to host.
  const first = await listenAt('127.0.0.1', port, make())
  try {
    return [first, await listenAt('::1', portOf(first), make())]
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return [first] // no IPv6 here
    await close([first])
    // A port that the kernel chose is free for the first family, which says nothing about the other.
    if (code === 'EADDRINUSE' && port === 0 && attempts > 1) return listen({ host, port }, make, attempts - 1)
    throw error
  }
}

function listenAt(host: string, port: number, listening: Listening): Promise<Listening> {
  const { server } = listening
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      server.on('error', () => {}) // no file left for a connection: who asked sees it, the next may be served
      resolve(listening)
    })
  })
}

function portOf({ server }: Listening): number {
  return (server.address() as AddressInfo).port
}

async function close(servers: readonly Listening[]): Promise<void> {
  const closed = servers.map(({ server }) => new Promise((resolve) => server.close(resolve)))
  for (const { server } of servers) server.closeIdleConnections()
  const cut = setTimeout(() => {
    for (const { connections } of servers) for (const socket of connections) socket.destroy()
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
