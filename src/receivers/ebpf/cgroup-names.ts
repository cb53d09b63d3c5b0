import { join } from 'node:path/posix'
import type { Cgroups } from '../../native/cgroups.ts'
import type { FlowColumns } from '../../native/generation.ts'
import type { Dictionary } from '../../pipeline/point-batch.ts'

/** More names than this, and the next generation begins a new dictionary. */
const MAX_NAMES = 65_536

/**
 * The cgroups of sockets, as /proc/PID/cgroup writes them (semantic conventions, process.linux.cgroup). Ids are dense.
 * A number's name does not change: a cgroup cannot be renamed, and the next one gets another number.
 */
export class CgroupNames implements Dictionary {
  private readonly ids = new Map<number, number>()
  /** By id. Id 0: there is no socket on this node. */
  private readonly names: (string | undefined)[] = [undefined]
  private readonly read: () => Promise<Cgroups>
  private readonly top: string

  /**
   * @param read all cgroups that there are now, with paths from `top` on
   * @param top the path that is `/` in what is read
   */
  constructor(read: () => Promise<Cgroups>, top: string) {
    this.read = read
    this.top = top
  }

  get isFull(): boolean {
    return this.names.length > MAX_NAMES
  }

  /** An id of `value`. The number is 0, or was in a hook of the flows that were learned. */
  id(number: number): number {
    return number === 0 ? 0 : (this.ids.get(number) as number)
  }

  value(id: number): string | undefined {
    return this.names[id]
  }

  /** Learns the names of the cgroups in a generation's hooks. */
  async learn({ hooks }: FlowColumns): Promise<void> {
    const strangers = new Set<number>()
    for (const hook of hooks) if (hook !== 0 && !this.ids.has(hook >>> 2)) strangers.add(hook >>> 2)
    await this.learnNumbers(strangers)
  }

  /**
   * Learns the names of cgroups that are not known yet, and not 0. One that was removed meanwhile is `unknown`, and so
   * are two with one number.
   */
  async learnNumbers(numbers: ReadonlySet<number>): Promise<void> {
    const strangers = new Set([...numbers].filter((number) => !this.ids.has(number)))
    if (strangers.size === 0) return
    try {
      const { numbers, paths } = await this.read()
      const seen = new Set<number>()
      for (const [i, number] of numbers.entries()) {
        if (!strangers.has(number)) continue
        this.set(number, seen.has(number) ? 'unknown' : this.nameOf(paths[i] as string))
        seen.add(number)
      }
    } finally {
      for (const number of strangers) if (!this.ids.has(number)) this.set(number, 'unknown')
    }
  }

  private nameOf(path: string): string {
    const whole = join('/', this.top, path)
    return `0::${whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole}`
  }

  private set(number: number, name: string): void {
    const id = this.ids.get(number) ?? this.names.length
    this.ids.set(number, id)
    this.names[id] = name
  }
}
