import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { findCgroupMount } from '../../src/native/cgroups.ts'
import { type Program, startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import type { End, Namespace } from './network.ts'

let count = 0

/** A cgroup of this test run that goes with its handle; its processes are to have ended. */
export class Cgroup implements AsyncDisposable {
  /** From the top of the cgroup2 file system on. */
  readonly path: string
  readonly directory: string

  private constructor(path: string) {
    this.path = path
    this.directory = findCgroupMount().directory + path
  }

  static async create(label: string): Promise<Cgroup> {
    const cgroup = new Cgroup(`/netsonde-${process.pid}-${++count}-${label}`)
    await mkdir(cgroup.directory)
    return cgroup
  }

  async below(label: string): Promise<Cgroup> {
    const cgroup = new Cgroup(`${this.path}/${label}`)
    await mkdir(cgroup.directory)
    return cgroup
  }

  /** The words that make a command run in this cgroup and in a network namespace. */
  enter(namespace: Namespace): [command: string, ...args: string[]] {
    const [enter, ...into] = namespace.enter
    return ['sh', '-c', `echo 0 > ${this.directory}/cgroup.procs && exec "$@"`, 'sh', enter, ...into]
  }

  /** Its name as the kernel tells it to a process: what the attribute is to be. */
  async name(pid: number): Promise<string> {
    const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8')
    return cgroups.split('\n').find((line) => line.startsWith('0::')) as string
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await writeFile(`${this.directory}/cgroup.kill`, '1').catch(() => {}) // what a failed test has left
    for (let tries = 0; ; tries++) {
      try {
        return await rmdir(this.directory)
      } catch (error) {
        // A process that has ended stays in it until it is reaped.
        if ((error as { code?: string }).code !== 'EBUSY' || tries === 100) throw error
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
}

/** test/kernel/peer.ts in a cgroup at an end of a link; it keeps its connections open. */
export async function startPeer(cgroup: Cgroup, { namespace }: End, ...words: string[]): Promise<Program> {
  const [enter, ...into] = cgroup.enter(namespace)
  const peer = startProgram(enter, [...into, process.execPath, `${root}test/kernel/peer.ts`, ...words])
  await peer.line(/^ready/)
  return peer
}
