import { type Program, startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import { netemPath } from './netem.ts'
import { Namespace } from './network.ts'

export interface SlowPath extends AsyncDisposable {
  readonly client: Namespace
  readonly server: Namespace
  readonly ipv4: string
  readonly ipv6: string
}

/** Of the packets to the server, those of `least` to `most` bytes; each `every`th is lost, or one in `every`. */
export interface Loss {
  readonly every: number
  readonly least: number
  readonly most: number
}

const NO_LOSS: Loss = { every: 0, least: 0, most: 0 }

/**
 * A client and a server, and 20 ms from one to the other and back. The addresses are the server's. With NETSONDE_NETEM
 * the kernel delays and loses, which not every kernel can; else a program of the tests does.
 */
export async function slowPath(loss: Loss = NO_LOSS): Promise<SlowPath> {
  if (process.env.NETSONDE_NETEM) return netemPath(loss)
  await using stack = new AsyncDisposableStack()
  const client = stack.use(await Namespace.create('near'))
  const server = stack.use(await Namespace.create('far'))
  stack.use(await relay([client, 'path0'], [server, 'path0'], 10, 0, loss))
  const kept = stack.move()
  return {
    client,
    server,
    ipv4: '10.79.0.2',
    ipv6: 'fd79:0::2',
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}

/** Two namespaces with so many milliseconds between them, as 10.79.x.1 and .2 and fd79:x::1 and ::2. */
async function relay(
  [near, nearName]: [Namespace, string],
  [far, farName]: [Namespace, string],
  delayMs: number,
  subnet: number,
  { every, least, most }: Loss,
): Promise<Program> {
  const program = startProgram(`${root}build/test/slow_path`, [
    ...[near.name ?? '', far.name ?? ''],
    ...[delayMs, every, least, most].map(String),
    ...[nearName, farName],
  ])
  await program.line(/^ready$/)
  for (const [space, name, here, there] of [
    [near, nearName, 1, 2],
    [far, farName, 2, 1],
  ] as const) {
    await space.sysctl(`net.ipv6.conf.${name}.accept_dad=0`, `net.ipv6.conf.${name}.router_solicitations=0`)
    await space.ip(`addr add 10.79.${subnet}.${here} peer 10.79.${subnet}.${there} dev ${name}`)
    await space.ip(`addr add fd79:${subnet}::${here}/64 dev ${name} nodad`)
    await space.ip(`link set ${name} up`)
  }
  return program
}

export interface SlowRoute extends SlowPath {
  /** Between the two, with `client0` and `server0`. */
  readonly router: Namespace
}

/**
 * A client and a server 10 and 3 ms from the router between them. Nothing but IP packets passes from one namespace to
 * another, so that to the router the ends are not on its node. Acknowledgements are not delayed.
 */
export async function slowRoute(): Promise<SlowRoute> {
  await using stack = new AsyncDisposableStack()
  const [client, router, server] = [
    stack.use(await Namespace.create('near')),
    stack.use(await Namespace.create('router')),
    stack.use(await Namespace.create('far')),
  ]
  await router.sysctl('net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
  stack.use(await relay([client, 'path0'], [router, 'client0'], 10, 1, NO_LOSS))
  stack.use(await relay([router, 'server0'], [server, 'path0'], 3, 2, NO_LOSS))
  for (const space of [client, server]) {
    await space.ip('route add default dev path0 quickack 1')
    await space.ip('-6 route add default dev path0 quickack 1')
  }
  const kept = stack.move()
  return {
    client,
    router,
    server,
    ipv4: '10.79.2.2',
    ipv6: 'fd79:2::2',
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}
