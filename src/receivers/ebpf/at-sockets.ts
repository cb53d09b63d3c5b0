import { join } from 'node:path/posix'
import { NetsondeError } from '../../errors.ts'
import * as kernel from '../../native/cgroups.ts'
import type { Datapath } from '../../native/datapath.ts'
import type { FlowColumns } from '../../native/generation.ts'
import type { Logger } from '../../pipeline/log.ts'
import type { Dictionary } from '../../pipeline/point-batch.ts'
import { messageOf } from './attach.ts'
import type { Capability } from './capability-batch.ts'
import { CgroupNames } from './cgroup-names.ts'

/** Of the kernel, so that tests can stand in for it. */
export type CgroupTree = Pick<typeof kernel, 'findCgroupMount' | 'readCgroups'>
export type SocketPrograms = Pick<Datapath, 'attachCgroup'>

/** Keeps the programs at the sockets of a tree of cgroups, and knows their names. In the place of a Watch. */
export class AtSockets {
  /** A packet at a socket has no interface any more, or not yet. */
  readonly names: Dictionary = { value: () => undefined }
  private readonly programs: SocketPrograms
  private readonly top: string
  private readonly log: Logger
  private readonly tree: CgroupTree
  private directory = ''
  private attached = false
  private cgroups: CgroupNames

  /** @param top the cgroup below which sockets are seen, from the top of the file system on */
  constructor(programs: SocketPrograms, top: string, log: Logger, tree: CgroupTree = kernel) {
    this.programs = programs
    this.top = top
    this.log = log
    this.tree = tree
    this.cgroups = this.noNames()
  }

  get capabilities(): readonly Capability[] {
    return [
      { feature: 'attach.tcx', state: 'disabled', reason: 'configuration' },
      { feature: 'attach.tc', state: 'disabled', reason: 'configuration' },
      { feature: 'attach.cgroup', state: this.attached ? 'available' : 'unknown' },
    ]
  }

  /** @throws {NetsondeError} ATTACH_FAILED */
  async begin(): Promise<void> {
    try {
      const { directory, isWhole } = this.tree.findCgroupMount()
      this.directory = this.top === '/' ? directory : join(directory, this.top)
      this.programs.attachCgroup(this.directory)
      this.attached = true
      const reason =
        isWhole && this.top === '/' ? undefined : 'not the root of all cgroups: sockets outside are not seen'
      this.log.info('interface', {
        name: this.directory,
        kind: 'cgroup2',
        attach: 'cgroup',
        ...(reason !== undefined && { reason }),
      })
    } catch (cause) {
      const { message } = cause as Error
      throw new NetsondeError(
        'ATTACH_FAILED',
        `no sockets can be seen: ${message}. Set attach to auto, tcx or tc`,
        { cause },
      )
    }
  }

  turn(): void {}

  /** The names of the cgroups in a generation's hooks. */
  async cgroupsOf(flows: FlowColumns): Promise<CgroupNames> {
    if (this.cgroups.isFull) this.cgroups = this.noNames()
    const { cgroups } = this
    try {
      await cgroups.learn(flows)
    } catch (error) {
      this.log.error('the names of cgroups cannot be read', { reason: messageOf(error) })
    }
    return cgroups
  }

  private noNames(): CgroupNames {
    return new CgroupNames(() => this.tree.readCgroups(this.directory), this.top)
  }

  /** The programs go when the datapath is disposed of, which `last` does. */
  async end(last: () => void): Promise<void> {
    last()
  }
}
