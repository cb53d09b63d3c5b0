import { setTimeout } from 'node:timers/promises'
import { NetsondeError } from '../../errors.ts'
import type { Datapath } from '../../native/datapath.ts'
import * as interfaces from '../../native/interfaces.ts'
import type { Logger } from '../../pipeline/log.ts'
import { Places } from '../flows/places.ts'
import { Tunnels } from '../flows/tunnels.ts'
import { Attacher, type AttachMode, type Attachment, codeOf, messageOf } from './attach.ts'
import type { Capability } from './capability-batch.ts'
import { type Choice, type Choose, chooserOf, type Globs, missingInterfaces } from './choose.ts'
import { InterfaceNames } from './interface-names.ts'
import { Looks } from './looks.ts'

type NetworkInterface = interfaces.NetworkInterface

/** Of the kernel, so that tests can stand in for it. */
export type Links = Pick<typeof interfaces, 'readInterfaces' | 'removeStaleFilters' | 'monitorInterfaces'> & {
  /** After each look at the interfaces. */
  pause(): Promise<unknown>
  /** For as long as end() waits for TCX links. */
  patience(): Promise<unknown>
}
export type Programs = Pick<Datapath, 'attach' | 'release'> & {
  /** Before an interface of that name is attached, and when it gets the name. */
  named(ifindex: number, name: string): void
}

const kernel: Links = {
  ...interfaces,
  pause: () => setTimeout(20),
  patience: () => setTimeout(500, undefined, { ref: false }),
}

/** What was found and done about an interface that is there. */
interface Known {
  readonly name: string
  readonly choice: Choice
  readonly attachment?: Attachment | undefined
  readonly failure?: string | undefined
}

/**
 * Keeps the programs attached to the interfaces that are to be watched, and knows their names.
 * What is attached, how, and why not better is logged once an interface.
 */
export class Watch {
  /** Names by ifindex, for as long as a count of the interface may come. */
  readonly names = new InterfaceNames()
  readonly places: Places
  readonly tunnels = new Tunnels()
  private readonly known = new Map<number, Known>()
  private readonly programs: Programs
  private readonly attacher: Attacher
  private readonly globs: Globs
  private readonly choose: Choose
  private readonly log: Logger
  private readonly links: Links
  private readonly looks: Looks
  private monitor: Disposable | undefined
  private beginning: Promise<void> | undefined
  private ended = false
  /** Went since the last look; their index may be in use again. */
  private removed = new Set<number>()
  private retry = false
  /** Tell nobody when they get another port. */
  private hasWireguard = false
  private problem: string | undefined

  constructor(
    programs: Programs,
    globs: Globs,
    mode: AttachMode,
    log: Logger,
    links: Links = kernel,
    places = new Places(),
  ) {
    this.places = places
    this.programs = programs
    this.attacher = new Attacher(programs, mode)
    this.globs = globs
    this.choose = chooserOf(globs)
    this.log = log
    this.links = links
    this.looks = new Looks(
      () => this.look(),
      () => links.pause(),
    )
  }

  get capabilities(): readonly Capability[] {
    return this.attacher.capabilities
  }

  /**
   * From the return on new interfaces are attached as they come. end() is to be called also if it rejects.
   * @throws {NetsondeError} INTERFACE_MISSING if one is named that is not there, ATTACH_FAILED if none could be attached
   */
  begin(): Promise<void> {
    this.beginning = this.attachFirst()
    return this.beginning
  }

  /** Call before each generation ends: forgets names, and tries again what could not be attached. */
  turn(): void {
    this.names.turn()
    this.places.turn()
    if (this.hasWireguard) this.looks.ask()
    if (![...this.known.values()].some(({ failure }) => failure !== undefined)) return
    this.retry = true
    this.looks.ask()
  }

  /**
   * Lets go of all. Safe to call unbegun.
   *
   * TCX links need no waiting for: they go with the process at the latest, and while the kernel takes its 30 ms for
   * each, the last counts are to go on their way.
   *
   * @param last is called when nothing is attached any more, which may be later
   */
  async end(last: () => void): Promise<void> {
    this.ended = true
    this.monitor?.[Symbol.dispose]()
    await this.beginning?.catch(() => {}) // who called begin() knows
    await this.looks.end()
    await this.release('tc')
    const rest = this.release('tcx').finally(last)
    await Promise.race([rest, this.links.patience()])
  }

  private async release(how: Attachment['how']): Promise<void> {
    for (const [index, { attachment }] of this.known)
      if (attachment?.how === how) await this.programs.release(index)
  }

  private async attachFirst(): Promise<void> {
    // Before the list, so that what comes while it is read and attached is not missed.
    this.monitor = this.links.monitorInterfaces((removed) => {
      for (const index of removed) this.removed.add(index)
      this.looks.ask()
    })
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
    await this.update(interfaces, false)
    const known = [...this.known.values()]
    if (this.ended || known.some(({ attachment }) => attachment)) return
    const failures = known.flatMap(({ name, failure }) =>
      failure === undefined ? [] : `${name}: ${failure}`,
    )
    if (failures.length > 0)
      throw new NetsondeError('ATTACH_FAILED', `no interface could be attached: ${failures.join('; ')}`)
    this.log.warn('no interface is watched: none fits include and exclude')
  }

  /** Takes up what came, changed or went. */
  private async look(): Promise<void> {
    await this.beginning?.catch(() => {})
    if (this.ended) return
    const { removed, retry } = this
    this.removed = new Set()
    this.retry = false
    try {
      const interfaces = this.links.readInterfaces() // after `removed` was taken: the list is never the older one
      const present = new Set(interfaces.map(({ index }) => index))
      for (const [index, known] of this.known)
        if (removed.has(index) || !present.has(index)) await this.forget(index, known)
      await this.update(interfaces, retry)
      this.problem = undefined
    } catch (error) {
      // An event that is still to come brings the next look; this one asks for it.
      if (this.problem !== messageOf(error))
        this.log.error('interfaces cannot be listed', { reason: messageOf(error) })
      this.problem = messageOf(error)
      for (const index of removed) this.removed.add(index)
      this.looks.ask()
    }
  }

  private async forget(index: number, { name, attachment }: Known): Promise<void> {
    this.known.delete(index)
    this.names.forget(index)
    this.log.debug('interface gone', { name })
    if (attachment) await this.programs.release(index)
  }

  private async update(interfaces: readonly NetworkInterface[], retry: boolean): Promise<void> {
    this.hasWireguard = interfaces.some(({ kind }) => kind === 'wireguard')
    const choices = this.choose(interfaces)
    const watched = new Set([...choices].flatMap(([{ index }, { watch }]) => (watch ? [index] : [])))
    this.places.update(interfaces, (index) => watched.has(index))
    this.tunnels.update(interfaces, (index) => watched.has(index))
    for (const [each, choice] of choices) {
      if (this.ended) return
      const known = this.known.get(each.index)
      const again = retry && known?.failure !== undefined
      if (!again && known?.name === each.name && isSame(known.choice, choice)) continue
      this.names.set(each.index, each.name) // before the first count
      this.known.set(each.index, await this.take(each, choice, known))
    }
  }

  /** Does what the choice says, and tells of it unless it has been told. */
  private async take(each: NetworkInterface, choice: Choice, before: Known | undefined): Promise<Known> {
    const now = { name: each.name, choice }
    const kept = choice.watch && before?.attachment?.link === choice.link ? before.attachment : undefined
    if (before?.attachment && !kept) await this.programs.release(each.index)
    if (!choice.watch) {
      this.tell(each, null, choice.why)
      return now
    }
    try {
      this.programs.named(each.index, each.name)
      const attachment = kept ?? (await this.attacher.attach(each.index, choice.link))
      if (attachment.removedStale && !kept)
        this.log.warn('removed the filters that a killed netsonde had left', { interface: each.name })
      this.tell(each, attachment.how, attachment.reason)
      return { ...now, attachment }
    } catch (error) {
      if (codeOf(error) === 'ENODEV') return now // it went while we looked
      const failure = messageOf(error)
      if (before?.failure !== failure) this.tell(each, null, failure)
      return { ...now, failure }
    }
  }

  private tell({ name, kind }: NetworkInterface, attach: 'tcx' | 'tc' | null, reason?: string): void {
    this.log.info('interface', { name, kind, attach, ...(reason !== undefined && { reason }) })
  }
}

function isSame(one: Choice, other: Choice): boolean {
  if (one.watch) return other.watch && one.link === other.link
  return !other.watch && one.why === other.why
}
