import { startProgram } from '../rig/program.ts'
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
  const { every, least, most } = loss
  await using stack = new AsyncDisposableStack()
  const client = stack.use(await Namespace.create('near'))
  const server = stack.use(await Namespace.create('far'))
  const relay = startProgram(`${root}build/test/slow_path`, [
    ...[client.name ?? '', server.name ?? '', '10'],
    ...[every, least, most].map(String),
  ])
  stack.use(relay)
  await relay.line(/^ready$/)
  for (const [space, here, there] of [
    [client, 1, 2],
    [server, 2, 1],
  ] as const) {
    await space.sysctl('net.ipv6.conf.path0.accept_dad=0', 'net.ipv6.conf.path0.router_solicitations=0')
    await space.ip(`addr add 10.79.0.${here} peer 10.79.0.${there} dev path0`)
    await space.ip(`addr add fd79::${here}/64 dev path0 nodad`)
    await space.ip('link set path0 up')
  }
  const kept = stack.move()
  return {
    client,
    server,
    ipv4: '10.79.0.2',
    ipv6: 'fd79::2',
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}
