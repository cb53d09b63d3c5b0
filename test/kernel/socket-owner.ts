import { readFile } from 'node:fs/promises'
import { type Program, startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import type { Cgroup } from './cgroups.ts'
import type { Namespace } from './network.ts'

/** Who has a socket, as the attributes say it. */
export interface Identity {
  readonly pid: string
  readonly name: string
  readonly cgroup: string
}

export const unknown: Identity = { pid: 'unknown', name: 'unknown', cgroup: 'unknown' }

/** test/kernel/socket_owner.c, which says what its lines are. */
export interface SocketOwner extends AsyncDisposable {
  /** By /proc. */
  readonly identity: Identity
  /** Each line in turn; the answer to the last. */
  ask(...lines: string[]): Promise<string>
  /** Starts a child that has its sockets, too. */
  fork(name: string): Promise<Identity>
}

/** @param ownPids in a pid namespace of its own, where its number is 1 */
export async function socketOwner(
  namespace: Namespace,
  cgroup: Cgroup,
  name: string,
  { deaf = false, ownPids = false } = {},
): Promise<SocketOwner> {
  const [enter, ...into] = [
    ...cgroup.enter(namespace),
    ...(ownPids ? ['unshare', '--pid', '--fork', '--kill-child'] : []),
  ] as [string, ...string[]]
  const words = deaf ? ['deaf'] : []
  const program: Program = startProgram(enter, [...into, `${root}build/test/socket_owner`, name, ...words], {
    interactive: true,
  })
  await program.line(/^ready$/)
  return {
    identity: await identityOf(ownPids ? await childOf(program.pid) : program.pid),
    async ask(...lines) {
      let answer = ''
      for (const line of lines) answer = await Promise.race([program.ask(line), failed(program, line)])
      return answer
    },
    async fork(child) {
      const pid = Number(await program.ask(`fork ${child}`))
      // The child takes its name a little later.
      for (;;) {
        const identity = await identityOf(pid)
        if (identity.name === child) return identity
      }
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}

async function failed(program: Program, line: string): Promise<never> {
  await program.ended
  throw new Error(`"${line}": ${program.output()}`)
}

const childOf = async (pid: number): Promise<number> =>
  Number(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))

async function identityOf(pid: number): Promise<Identity> {
  const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8')
  return {
    pid: String(pid),
    name: (await readFile(`/proc/${pid}/comm`, 'utf8')).trim(),
    cgroup: cgroups.split('\n').find((line) => line.startsWith('0::')) as string,
  }
}
