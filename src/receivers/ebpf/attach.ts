import type { Datapath, LinkType } from '../../native/datapath.ts'
import type { Capability } from './capability-batch.ts'

/** At interfaces. */
export type AttachMode = 'auto' | 'tcx' | 'tc'

export interface Attachment {
  readonly how: 'tcx' | 'tc'
  readonly link: LinkType
  /** Why it is not the better way. */
  readonly reason?: string
  /** A killed netsonde had left filters, which were removed. */
  readonly removedStale: boolean
}

type Programs = Pick<Datapath, 'attach'>

export const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code
export const messageOf = (error: unknown): string => (error as Error).message

/** Puts the programs at interfaces in the best way that the mode allows and the kernel has. */
export class Attacher {
  private readonly programs: Programs
  private readonly mode: AttachMode
  private readonly tried = new Map<'tcx' | 'tc', Omit<Capability, 'feature'>>()
  /** Why TCX is not tried any more. */
  private tcxMissing: string | undefined

  constructor(programs: Programs, mode: AttachMode) {
    this.programs = programs
    this.mode = mode
  }

  /** @throws with `code`: ENODEV if there is no such interface */
  async attach(ifindex: number, link: LinkType): Promise<Attachment> {
    if (this.mode === 'tc') return { how: 'tc', link, removedStale: await this.try('tc', ifindex, link) }
    let reason = this.tcxMissing
    if (reason === undefined) {
      try {
        return { how: 'tcx', link, removedStale: await this.try('tcx', ifindex, link) }
      } catch (error) {
        if (codeOf(error) === 'ENODEV') throw error
        reason = this.whyNotTcx(error)
        if (this.mode === 'tcx') throw new Error(`${reason}. Set attach to auto or tc`, { cause: error })
      }
    }
    const removedStale = await this.try('tc', ifindex, link)
    return { how: 'tc', link, reason: `${reason}; clsact is used instead`, removedStale }
  }

  /** What each way turned out to be. */
  get capabilities(): Capability[] {
    const excluded = { auto: undefined, tcx: 'tc', tc: 'tcx' }[this.mode]
    return [
      ...(['tcx', 'tc'] as const).map(
        (how): Capability => ({
          feature: `attach.${how}`,
          ...(how === excluded
            ? { state: 'disabled', reason: 'configuration' }
            : (this.tried.get(how) ??
              (how === 'tc' && this.tried.get('tcx')?.state === 'available'
                ? { state: 'disabled', reason: 'not_needed' }
                : { state: 'unknown' }))),
        }),
      ),
      { feature: 'attach.cgroup', state: 'disabled', reason: 'configuration' },
    ]
  }

  private async try(how: 'tcx' | 'tc', ifindex: number, link: LinkType): Promise<boolean> {
    try {
      const removedStale = await this.programs.attach(ifindex, link, how)
      this.tried.set(how, { state: 'available' })
      return removedStale
    } catch (error) {
      if (codeOf(error) !== 'ENODEV' && this.tried.get(how)?.state !== 'available')
        this.tried.set(how, { state: 'unavailable', reason: reasonOf(how, codeOf(error)) })
      throw error
    }
  }

  private whyNotTcx(error: unknown): string {
    if (this.tried.get('tcx')?.reason !== 'kernel') return `TCX failed: ${messageOf(error)}`
    this.tcxMissing = `the kernel refuses TCX, which needs 6.6: ${messageOf(error)}`
    return this.tcxMissing
  }
}

function reasonOf(how: 'tcx' | 'tc', code: string | undefined): NonNullable<Capability['reason']> {
  // A kernel that does not know the attach type says EINVAL (kernel/bpf/syscall.c, link_create), and EOPNOTSUPP or
  // ENOENT one that has no clsact (net/sched/sch_api.c, qdisc_create).
  if (how === 'tcx' ? code === 'EINVAL' : code === 'EOPNOTSUPP' || code === 'ENOENT') return 'kernel'
  return code === 'EPERM' || code === 'EACCES' ? 'permission' : 'error'
}
