import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const build = fileURLToPath(new URL('../build/', import.meta.url))

/** Some programs of an object, loaded and ready to run on packets (bench/kernel/prog_run.c). */
export class ProgRun implements Disposable {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: Interface
  private readonly failed: Promise<never>

  /**
   * @param object path
   * @param entries of maps, where they are not to be the object's own
   */
  constructor(object: string, programs: readonly string[], entries: Readonly<Record<string, number>> = {}) {
    const sizes = Object.entries(entries).map(([map, count]) => `${map}=${count}`)
    this.child = spawn(join(build, 'bench/prog_run'), [object, programs.join(','), ...sizes])
    this.child.stderr.pipe(process.stderr)
    this.lines = createInterface(this.child.stdout)
    this.failed = once(this.child, 'exit').then(([code]) => {
      throw new Error(`prog_run ${object} ended with status ${code}`)
    })
    this.failed.catch(() => {}) // also where nobody waits for an answer
  }

  private async ask(question: string): Promise<number> {
    const answer = once(this.lines, 'line')
    this.child.stdin.write(`${question}\n`)
    const [line] = (await Promise.race([answer, this.failed])) as [string]
    return Number(line)
  }

  /** Nanoseconds of CPU time a run, the calling of the program included. */
  run(program: string, repeat: number, packetPath: string): Promise<number> {
    return this.ask(`run ${program} ${repeat} ${packetPath}`)
  }

  async set(map: string, value: number): Promise<void> {
    await this.ask(`set ${map} ${value}`)
  }

  async clear(map: string): Promise<void> {
    await this.ask(`clear ${map}`)
  }

  entries(map: string): Promise<number> {
    return this.ask(`entries ${map}`)
  }

  /** Bytes that the kernel charges for the map (`memlock` of its file descriptor). */
  memory(map: string): Promise<number> {
    return this.ask(`memory ${map}`)
  }

  [Symbol.dispose](): void {
    this.child.stdin.end()
  }
}
