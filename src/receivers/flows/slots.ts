import type { FlowColumns, Generation, Size } from '../../native/generation.ts'
import { Group, Hooks } from './hooks.ts'
import type { Owed } from './owed.ts'
import { Places } from './places.ts'
import { Tunnels } from './tunnels.ts'
import type { Way, WayCount } from './way.ts'

/** In a hook's number (bpf/shared/flow.h): the packet left by the interface. */
const EGRESS = 2
/** In FlowColumns.next. */
const NO_MORE = -1
/** No packet on the wire is shorter than an IPv4 header, none longer than what its length can say. */
const MIN_PACKET_BYTES = 20
const MAX_PACKET_BYTES = 65_575

/**
 * Decides which of what the hooks saw of a connection is counted: a packet that crosses several interfaces of the node is
 * one packet. docs/decisions/slots.md has the reasons.
 *
 * Call begin(), then count() for each row, then end(), for each generation in turn.
 */
export class Paths {
  private readonly slots: number
  private readonly places: Places
  private readonly tunnels: Tunnels
  private readonly owed: Owed | undefined
  private readonly hooks: Hooks
  readonly entrances = new Group()
  readonly exits = new Group()
  readonly seen = new Total()
  private flows!: FlowColumns

  /**
   * @param slots places per connection in the columns
   * @param owed remembers from generation to generation; none where there is but one
   */
  constructor(slots: number, places = new Places(), tunnels = new Tunnels(), owed?: Owed) {
    this.slots = slots
    this.places = places
    this.tunnels = tunnels
    this.owed = owed
    this.hooks = new Hooks(places)
  }

  begin(generation: Pick<Generation, 'flows' | 'startMs' | 'endMs'>): void {
    this.flows = generation.flows
    this.owed?.begin(generation)
  }

  /** @param into overwritten, so that nothing is allocated per row */
  count(row: number, into: readonly [WayCount, WayCount]): void {
    this.countWay(row, 0, into[0])
    this.countWay(row, 1, into[1])
  }

  end(): void {
    this.owed?.end()
  }

  private countWay(row: number, way: Way, into: WayCount): void {
    const { slots, places } = this
    const { hooks, packets, bytes } = this.flows
    let entrance = 0
    let exit = 0
    let inPackets = 0
    let inBytes = 0
    let outPackets = 0
    let outBytes = 0
    let several = this.flows.next[row] !== NO_MORE
    const first = row * slots
    for (let slot = first; slot < first + slots; slot++) {
      const hook = hooks[slot] as number
      if (hook === 0) break // they are taken in order
      if ((hook & 1) !== way) continue
      const ifindex = hook >>> 2
      if ((hook & EGRESS) === 0) {
        if (entrance !== 0 || places.isAside(ifindex)) several = true
        entrance = ifindex
        inPackets += packets[slot] as number
        inBytes += bytes[slot] as number
      } else {
        if (exit !== 0 || places.isAside(ifindex)) several = true
        exit = ifindex
        outPackets += packets[slot] as number
        outBytes += bytes[slot] as number
      }
    }
    let seenPackets = inPackets + outPackets
    let seenBytes = inBytes + outBytes
    let outCopies = outPackets
    if (several) {
      const { entrances, exits, seen } = this.gather(row, way)
      seenPackets = seen.packets
      seenBytes = seen.bytes
      entrance = entrances.ifindex
      inPackets = entrances.packets
      inBytes = entrances.bytes
      exit = exits.ifindex
      outPackets = exits.packets
      outBytes = exits.bytes
      outCopies = exits.fullestPackets
    }

    into.wrapped = this.tunnels.wraps(this.flows, row, way)
    if (into.wrapped) {
      into.ifindex = into.packets = into.bytes = 0
      into.repeatedPackets = seenPackets
      into.repeatedBytes = seenBytes
      return
    }

    // What came in and has not left yet was owed by earlier generations, and is by this one.
    let duePackets = 0
    let dueBytes = 0
    let found = false
    const { owed } = this
    const owes = inPackets > outPackets && (outPackets > 0 || this.leavesAgain(row, way))
    if (owed && !owed.isEmpty) {
      found = owed.find(row, way)
      if (found) {
        duePackets = owed.packets
        dueBytes = owed.bytes
      }
    }

    // By several links at once more left than came in: these are copies, of which one is counted.
    if (inPackets > 0 && outPackets > inPackets + duePackets && outCopies < outPackets) {
      outPackets = outCopies
      outBytes = this.exits.fullestBytes
    }
    const unexplained = outPackets - duePackets
    const counted = Math.max(inPackets, unexplained)
    const owedPackets = counted - unexplained
    const owedBytes =
      owedPackets === 0 ? 0 : bytesOf(owedPackets, dueBytes + inBytes - outBytes, inBytes / inPackets)
    const byExit = unexplained > inPackets || (outPackets > 0 && places.isNearer(exit, entrance))
    const countedBytes = byExit ? outBytes + owedBytes - dueBytes : inBytes
    if (owed && owedPackets > 0 && (found || owes))
      owed.keep(row, way, owedPackets, owedBytes, found, inPackets)

    into.ifindex = byExit ? exit : entrance
    into.packets = counted
    into.bytes = counted === 0 || countedBytes < 0 ? 0 : countedBytes
    into.repeatedPackets = seenPackets - into.packets
    into.repeatedBytes = seenBytes - into.bytes
  }

  /** Sets entrances, exits and seen by all rows of the connection. */
  private gather(row: number, way: Way): this {
    const { hooks, packets, bytes, next } = this.flows
    this.hooks.clear()
    this.seen.clear()
    for (let part = row; part !== NO_MORE; part = next[part] as number)
      for (let slot = part * this.slots; slot < (part + 1) * this.slots; slot++) {
        const hook = hooks[slot] as number
        if (hook === 0 || (hook & 1) !== way) continue
        this.hooks.add(hook, packets[slot] as number, bytes[slot] as number)
        this.seen.add(packets[slot] as number, bytes[slot] as number)
      }
    this.hooks.sum(this.entrances, this.exits)
    return this
  }

  /** Whether the packets go on: their receiver is not this node. */
  private leavesAgain(row: number, way: Way): boolean {
    return (((this.flows.local[row] as number) >> (1 - way)) & 1) === 0
  }
}

/**
 * Bytes of packets that came in and have not left: exact where a packet is as long on its way out as on its way in.
 *
 * @param difference of what came in and what left
 * @param mean of what came in
 */
function bytesOf(packets: number, difference: number, mean: number): number {
  if (difference >= packets * MIN_PACKET_BYTES && difference <= packets * MAX_PACKET_BYTES) return difference
  return Number.isFinite(mean) ? Math.round(mean * packets) : Math.max(0, difference)
}

/** A sum that grows. As in emptyWay(), V8 is to take it for doubles. */
export class Total implements Size {
  packets = Number.NaN
  bytes = Number.NaN

  constructor() {
    this.clear()
  }

  clear(): void {
    this.packets = this.bytes = 0
  }

  add(packets: number, bytes: number): void {
    this.packets += packets
    this.bytes += bytes
  }
}
