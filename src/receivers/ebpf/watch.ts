import { NetsondeError } from '../../errors.ts'
import type { Datapath, LinkType, NetworkInterface } from '../../native.ts'
import type { Logger } from '../../pipeline/log.ts'
import type { Dictionary } from '../../pipeline/point-batch.ts'
import { chooseInterfaces, type Globs, missingInterfaces } from './choose.ts'

export type AttachMode = 'auto' | 'tcx' | 'tc'

/** Of the kernel, so that tests can stand in for it. */
export interface Links {
  readInterfaces(): NetworkInterface[]
  removeStaleFilters(ifindex: number): boolean
}

const codeOf = (error: unknown) => (error as { code?: string }).code
const messageOf = (error: unknown) => (error as Error).message

/**
 * Keeps the programs attached to the interfaces that are to be watched, and knows their names.
 * What is attached, how, and why not better is logged once an interface.
 */
export class Watch {
  /** Names by ifindex, for as long as a count of the interface may come. */
  readonly names: Dictionary = { value: (ifindex) => this.nameByIndex.get(ifindex) ?? 'unknown' }
  private readonly nameByIndex = new Map<number, string>()
  private readonly told = new Map<number, NetworkInterface>()
  private readonly attached = new Set<number>()
  private tcxMissing: string | undefined
  private readonly datapath: Datapath
  private readonly globs: Globs
  private readonly mode: AttachMode
  private readonly log: Logger
  private readonly links: Links

  constructor(datapath: Datapath, globs: Globs, mode: AttachMode, log: Logger, links: Links) {
    this.datapath = datapath
    this.globs = globs
    this.mode = mode
    this.log = log
    this.links = links
  }

  /** @throws {NetsondeError} INTERFACE_MISSING if one is named that is not there, ATTACH_FAILED if none could be attached */
  begin(): void {
    const interfaces = this.links.readInterfaces()
    const missing = missingInterfaces(interfaces, this.globs)
    if (missing.length > 0)
      throw new NetsondeError(
        'INTERFACE_MISSING',
        `interfaces::include: there is no interface "${missing.join('", "')}" in this network namespace. There are: ${interfaces.map(({ name }) => name).join(', ')}`,
      )
    for (const { index, name } of interfaces)
      if (this.links.removeStaleFilters(index))
        this.log.warn('removed the filters that a killed netsonde had left', { interface: name })
    const failures = this.update(interfaces)
    if (this.attached.size === 0 && failures.length > 0)
      throw new NetsondeError('ATTACH_FAILED', `no interface could be attached: ${failures.join('; ')}`)
    if (this.attached.size === 0) this.log.warn('no interface is watched: none fits include and exclude')
  }

  /** Takes up new interfaces and lets go of those that went. Call before each generation ends. */
  follow(): void {
    this.update(this.links.readInterfaces())
  }

  /** Lets go of all: from then on nothing is counted. */
  end(): void {
    for (const index of this.attached) this.datapath.detach(index)
    this.attached.clear()
  }

  /** Returns what could not be attached, and why. */
  private update(interfaces: readonly NetworkInterface[]): string[] {
    this.forget(interfaces)
    const failures: string[] = []
    for (const [each, choice] of chooseInterfaces(interfaces, this.globs)) {
      const known = this.told.get(each.index)
      if (known && known.name === each.name && known.master === each.master) continue
      this.told.set(each.index, each)
      this.nameByIndex.set(each.index, each.name)
      if (!choice.watch) {
        if (this.attached.delete(each.index)) this.datapath.detach(each.index)
        this.tell(each, null, choice.why)
      } else if (!this.attached.has(each.index)) {
        const failure = this.attach(each, choice.link)
        if (failure) failures.push(`${each.name}: ${failure}`)
      }
    }
    return failures
  }

  /** An interface's name stays one generation longer, in which its last counts come. */
  private forget(interfaces: readonly NetworkInterface[]): void {
    const present = new Set(interfaces.map(({ index }) => index))
    for (const index of this.nameByIndex.keys())
      if (!present.has(index) && !this.told.has(index)) this.nameByIndex.delete(index)
    for (const index of this.told.keys()) {
      if (present.has(index)) continue
      this.told.delete(index)
      if (this.attached.delete(index)) this.datapath.detach(index)
    }
  }

  private attach(each: NetworkInterface, link: LinkType): string | undefined {
    try {
      const how = this.mode === 'tc' ? this.attachClsact(each, link) : this.attachTcx(each, link)
      this.attached.add(each.index)
      this.tell(each, how, how === 'tc' && this.mode === 'auto' ? this.tcxMissing : undefined)
      return undefined
    } catch (error) {
      if (codeOf(error) === 'ENODEV') return undefined // it went while we looked
      this.tell(each, null, messageOf(error))
      return messageOf(error)
    }
  }

  private attachTcx(each: NetworkInterface, link: LinkType): 'tcx' | 'tc' {
    if (this.tcxMissing === undefined) {
      try {
        this.datapath.attachTcx(each.index, link)
        return 'tcx'
      } catch (error) {
        // A kernel that does not know the attach type says EINVAL (kernel/bpf/syscall.c, link_create).
        if (codeOf(error) !== 'EINVAL') throw error
        const reason = `the kernel refuses TCX, which needs 6.6: ${messageOf(error)}`
        if (this.mode === 'tcx') throw new Error(`${reason}. Set attach to auto or tc`, { cause: error })
        this.tcxMissing = `${reason}; clsact is used instead`
      }
    }
    return this.attachClsact(each, link)
  }

  private attachClsact(each: NetworkInterface, link: LinkType): 'tc' {
    if (this.datapath.attachClsact(each.index, link))
      this.log.warn('removed the filters that a killed netsonde had left', { interface: each.name })
    return 'tc'
  }

  private tell({ name, kind }: NetworkInterface, attach: 'tcx' | 'tc' | null, reason?: string): void {
    this.log.info('interface', { name, kind, attach, ...(reason !== undefined && { reason }) })
  }
}
