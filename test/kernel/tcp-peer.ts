import { type Program, startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import type { Namespace } from './network.ts'

const program = `${root}build/test/tcp_peer`

/** A server that listens; test/kernel/tcp_peer.c says what becomes of who connects. */
export async function serve(
  namespace: Namespace,
  address: string,
  port: number,
  how: 'close' | 'reset' | 'answer' | 'late' | 'ignore',
  backlog = 128,
): Promise<Program> {
  const [enter, ...into] = namespace.enter
  const server = startProgram(enter, [...into, program, 'serve', address, String(port), String(backlog), how])
  await server.line(/^listening$/)
  return server
}

/** Tries to connect, to the end of the connection if there is one. Returns what was said, as `connected closed`. */
export async function connect(
  namespace: Namespace,
  address: string,
  port: number,
  patienceMs = 60_000,
): Promise<string> {
  const [enter, ...into] = namespace.enter
  await using client = startProgram(enter, [
    ...into,
    program,
    'connect',
    address,
    String(port),
    String(patienceMs),
  ])
  await client.ended
  return client.output().trim().replaceAll('\n', ' ')
}

/** A connection that stays until it is disposed; each `ask()` sends so many bytes and waits for the answer. */
export async function hold(namespace: Namespace, address: string, port: number, bytes = 1): Promise<Program> {
  const [enter, ...into] = namespace.enter
  const client = startProgram(
    enter,
    [...into, program, 'connect', address, String(port), '60000', String(bytes)],
    { interactive: true },
  )
  await client.line(/^connected$/)
  return client
}
