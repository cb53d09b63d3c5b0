import type { AttributeName } from '../../catalogue/attributes.ts'
import type { OwnerAnswers } from '../../native/owners.ts'
import type { Column, Dictionary } from '../../pipeline/point-batch.ts'
import type { CgroupNames } from './cgroup-names.ts'

/** More owners than this, and new dictionaries begin. */
const MAX_OWNERS = 65_536

/** An attribute each, without its side. */
const told = ['process.pid', 'process.executable.name', 'process.linux.cgroup'] as const
type Told = (typeof told)[number]

/** Gives each owner a number, once: 0 is an end that has no socket on this node. */
export class OwnerNames {
  private readonly ids = new Map<string, number>()
  private readonly values: Readonly<Record<Told, (string | number | undefined)[]>> = {
    'process.pid': [undefined],
    'process.executable.name': [undefined],
    'process.linux.cgroup': [undefined],
  }
  private readonly dictionaries = told.map((name): readonly [Told, Dictionary] => [
    name,
    { value: (id) => this.values[name][id], lasting: true },
  ])

  get isFull(): boolean {
    return this.ids.size > MAX_OWNERS
  }

  /**
   * The columns of the rows that were asked for, by their answers.
   *
   * @param cgroups knows the names of those in the answers
   */
  columns({ ends, ...owners }: OwnerAnswers, cgroups: CgroupNames): [AttributeName, Column][] {
    const lasting = Array.from(owners.pids, (_, i) => this.id(owners, i, cgroups))
    const sides = { source: new Uint32Array(ends.length / 2), destination: new Uint32Array(ends.length / 2) }
    for (let row = 0; row < ends.length / 2; row++) {
      const [source, destination] = [ends[row * 2] as number, ends[row * 2 + 1] as number]
      if (source !== 0) sides.source[row] = lasting[source - 1] as number
      if (destination !== 0) sides.destination[row] = lasting[destination - 1] as number
    }
    return (['source', 'destination'] as const).flatMap((side) =>
      this.dictionaries.map(([name, dictionary]): [AttributeName, Column] => [
        `${side}.${name}`,
        { ids: sides[side], dictionary },
      ]),
    )
  }

  private id(
    { pids, started, commands, cgroups }: Omit<OwnerAnswers, 'ends'>,
    i: number,
    names: CgroupNames,
  ) {
    const [pid, command, cgroup] = [pids[i] as number, commands[i] as string, cgroups[i] as number]
    const key = `${pid} ${started[i]} ${cgroup} ${command}`
    const known = this.ids.get(key)
    if (known !== undefined) return known
    const id = this.ids.size + 1
    this.ids.set(key, id)
    this.values['process.pid'].push(pid || 'unknown')
    this.values['process.executable.name'].push(command || 'unknown')
    this.values['process.linux.cgroup'].push(cgroup === 0 ? 'unknown' : names.value(names.id(cgroup)))
    return id
  }
}
