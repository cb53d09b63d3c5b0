import type { AttributeName } from '../../catalogue/attributes.ts'
import { findCgroupMount, readCgroups } from '../../native/cgroups.ts'
import { SocketOwners } from '../../native/owners.ts'
import type { TcpEdges, TcpInterval } from '../../native/tcp.ts'
import type { Logger } from '../../pipeline/log.ts'
import type { Column, PointBatch } from '../../pipeline/point-batch.ts'
import { codeOf, messageOf } from './attach.ts'
import type { Capability } from './capability-batch.ts'
import { CgroupNames } from './cgroup-names.ts'
import { ownerFeatures } from './owner-features.ts'
import { OwnerNames } from './owner-names.ts'
import { queriesOfEdges, queriesOfFlows } from './owner-queries.ts'
import { capabilitiesOf, disabled, unavailable } from './program-capability.ts'

/** What is not told without a program. */
const cost: Readonly<Record<(typeof ownerFeatures)[number], string>> = {
  'owners.open': 'owners of sockets that stay open, of UDP, and of listening ones',
  'owners.events': 'owners of TCP connections that come and go within an interval',
}

/** Where nobody asks for them. */
export const noOwners = disabled(ownerFeatures)

export type OwnerPrograms = Pick<SocketOwners, 'features' | 'look' | 'ask' | typeof Symbol.dispose>
export type OwnerColumns = [AttributeName, Column][]

/** Whose the sockets are that connections have on this node. What the kernel refuses is named in the log once. */
export class Owners implements Disposable {
  readonly capabilities: readonly Capability[]
  private readonly log: Logger
  private readonly programs: OwnerPrograms | undefined
  private names = new OwnerNames()
  private cgroups = noCgroups()

  /**
   * @param atInterfaces flows are seen at the interfaces of this network namespace
   * @param open another than the kernel in tests only
   */
  constructor(
    atInterfaces: boolean,
    log: Logger,
    open: (atInterfaces: boolean) => OwnerPrograms = (where) => new SocketOwners(where),
  ) {
    this.log = log
    try {
      this.programs = open(atInterfaces)
    } catch (error) {
      log.error('owners of sockets cannot be looked for', { reason: messageOf(error) })
      this.capabilities = ownerFeatures.map((feature) => unavailable(feature, codeOf(error) ?? ''))
      return
    }
    this.capabilities = capabilitiesOf(this.programs.features, cost, log)
  }

  /** To be called once an interval, after its counts were taken: what is asked then is of that interval. */
  async look(): Promise<void> {
    try {
      await this.programs?.look()
    } catch (error) {
      this.log.error('owners of sockets are not known in this interval', { reason: messageOf(error) })
    }
  }

  /** @param batch as flowBatch() makes it. Whoever knows the cgroup of a packet's socket knows it better. */
  async tell(batch: PointBatch): Promise<PointBatch> {
    const columns = await this.ask(queriesOfFlows(batch))
    return batch.withColumns(columns.filter(([name]) => !batch.columns.has(name)))
  }

  /**
   * Columns for each kind of rows.
   * @param interval told by socket; the clients' ports of those that live are then forgotten, as nobody is told them
   */
  async columnsOf({ connections, retransmits, resets, active }: TcpInterval) {
    const columns = new Map<TcpEdges, OwnerColumns>()
    for (const edges of [connections, retransmits, resets, active])
      columns.set(edges, await this.ask(queriesOfEdges(edges)))
    for (let row = 0; row < active.length; row++) {
      active.ports[row * 2] = 0
      if (active.role[row] === 0) active.ports[row * 2 + 1] = 0
    }
    return columns
  }

  [Symbol.dispose](): void {
    this.programs?.[Symbol.dispose]()
  }

  private async ask(queries: Uint8Array): Promise<OwnerColumns> {
    if (!this.programs || queries.length === 0) return []
    if (this.names.isFull) this.names = new OwnerNames()
    if (this.cgroups.isFull) this.cgroups = noCgroups()
    const { names, cgroups } = this
    const answers = await this.programs.ask(queries)
    try {
      await cgroups.learnNumbers(new Set(answers.cgroups.filter((number) => number !== 0)))
    } catch (error) {
      this.log.error('the names of cgroups cannot be read', { reason: messageOf(error) })
    }
    return names.columns(answers, cgroups)
  }
}

const noCgroups = (): CgroupNames => new CgroupNames(() => readCgroups(findCgroupMount().directory), '/')
