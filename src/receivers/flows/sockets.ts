import type { FlowColumns, Generation } from '../../native/generation.ts'
import type { Dictionary } from '../../pipeline/point-batch.ts'
import type { Owed } from './owed.ts'
import type { Way, WayCount } from './way.ts'

/** In a hook's number (bpf/shared/flow.h): the socket has sent the packet. */
const SENT = 2

/** Names of cgroups. */
export interface CgroupIds extends Dictionary {
  /** @param number in a hook's place for the interface; 0: none */
  id(number: number): number
}

/** The cgroups of a way's two ends, by their numbers; 0: that end's socket is not on this node. */
interface Ends {
  sender: number
  receiver: number
}

/**
 * Decides what is counted of a connection that was seen at sockets. A packet leaves by one socket and comes to one, so
 * several hooks of a kind add up: the kernel's own answers (a reset, say) are sent by a socket of its own. Where both
 * ends are on this node what was sent is counted, and what arrived of it is its repeat.
 *
 * A multicast packet comes to several sockets: there the fullest is taken.
 *
 * In the place of Paths: call begin(), then count() for each row, then end(), for each generation in turn.
 */
export class SocketPaths {
  /** Of the running generation. */
  cgroups: CgroupIds = { id: () => 0, value: () => undefined }
  /** Of the row that was counted last, by its ways. */
  readonly ends: readonly [Ends, Ends] = [
    { sender: 0, receiver: 0 },
    { sender: 0, receiver: 0 },
  ]
  private readonly slots: number
  private readonly owed: Owed
  private flows!: FlowColumns

  /**
   * @param slots places per connection in the columns
   * @param owed remembers what was sent and had not arrived at the turn
   */
  constructor(slots: number, owed: Owed) {
    this.slots = slots
    this.owed = owed
  }

  begin(generation: Pick<Generation, 'flows' | 'startMs' | 'endMs'>): void {
    this.flows = generation.flows
    this.owed.begin(generation)
  }

  /** @param into overwritten, so that nothing is allocated per row */
  count(row: number, into: readonly [WayCount, WayCount]): void {
    this.countWay(row, 0, into[0])
    this.countWay(row, 1, into[1])
  }

  end(): void {
    this.owed.end()
  }

  private countWay(row: number, way: Way, into: WayCount): void {
    const { slots, ends } = this
    const { hooks, packets, bytes, addresses } = this.flows
    let sentPackets = 0
    let sentBytes = 0
    let sender = -1
    let arrivedPackets = 0
    let arrivedBytes = 0
    let receiver = -1
    for (let slot = row * slots; slot < (row + 1) * slots; slot++) {
      const hook = hooks[slot] as number
      if (hook === 0 || (hook & 1) !== way) continue
      const slotPackets = packets[slot] as number
      if ((hook & SENT) === 0) {
        arrivedPackets += slotPackets
        arrivedBytes += bytes[slot] as number
        if (receiver < 0 || slotPackets > (packets[receiver] as number)) receiver = slot
      } else {
        sentPackets += slotPackets
        sentBytes += bytes[slot] as number
        if (sender < 0 || slotPackets > (packets[sender] as number)) sender = slot
      }
    }
    ends[way].sender = sender < 0 ? 0 : (hooks[sender] as number) >>> 2
    ends[way].receiver = receiver < 0 ? 0 : (hooks[receiver] as number) >>> 2
    const seenPackets = sentPackets + arrivedPackets
    const seenBytes = sentBytes + arrivedBytes
    if (receiver >= 0 && isMulticast(addresses, row * 32 + (1 - way) * 16)) {
      arrivedPackets = packets[receiver] as number
      arrivedBytes = bytes[receiver] as number
    }
    this.take(row, way, into, sentPackets, sentBytes, arrivedPackets, arrivedBytes)
    into.ifindex = 0
    into.repeatedPackets = seenPackets - into.packets
    into.repeatedBytes = seenBytes - into.bytes
  }

  /** What arrives now may have been sent, and counted, in an earlier generation. */
  private take(
    row: number,
    way: Way,
    into: WayCount,
    sentPackets: number,
    sentBytes: number,
    arrivedPackets: number,
    arrivedBytes: number,
  ): void {
    const { owed } = this
    const found = !owed.isEmpty && owed.find(row, way)
    const duePackets = found ? owed.packets : 0
    const dueBytes = found ? owed.bytes : 0
    const unexplained = arrivedPackets - duePackets
    const bySender = sentPackets >= unexplained
    into.packets = bySender ? sentPackets : unexplained
    into.bytes = bySender ? sentBytes : Math.max(0, arrivedBytes - dueBytes)
    const underWay = into.packets - unexplained
    if (underWay > 0 && (found || arrivedPackets > 0))
      owed.keep(row, way, underWay, Math.max(0, dueBytes + sentBytes - arrivedBytes), found, sentPackets)
  }
}

/** @param at of 16 bytes: ff00::/8 (RFC 4291 2.7), or 224.0.0.0/4 (RFC 5771 3) as ::ffff:a.b.c.d */
function isMulticast(addresses: Uint8Array, at: number): boolean {
  if (addresses[at] === 0xff) return true
  if (addresses[at + 10] !== 0xff || addresses[at + 11] !== 0xff) return false
  for (let i = 0; i < 10; i++) if (addresses[at + i] !== 0) return false
  return ((addresses[at + 12] as number) & 0xf0) === 0xe0
}
