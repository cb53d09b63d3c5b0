import type { FlowColumns, Size } from '../../native.ts'

/** From the lower endpoint of a connection to the higher, or back. */
export type Way = 0 | 1

/** In a hook's number (bpf/shared/flow.h): the packet left by the interface. */
const EGRESS = 2

/** What was counted of one way of a connection, and what of it is told from repeats. */
export interface WayCount {
  /** Interface whose count was taken; 0: nothing went this way. */
  ifindex: number
  packets: number
  bytes: number
  /** What other hooks saw of the same packets. */
  repeatedPackets: number
  repeatedBytes: number
}

export const emptyWay = (): WayCount => ({
  ifindex: 0,
  packets: 0,
  bytes: 0,
  repeatedPackets: 0,
  repeatedBytes: 0,
})

/**
 * What may be between two hooks at the turn of a generation: it is in one generation at the first hook and in the next
 * at the second. That is one super-packet on its way through the stack (64 KiB; 512 KiB of IPv6, BIG TCP).
 */
const UNDER_WAY_PACKETS = 512

/**
 * Decides which of the hooks that saw a connection is counted: a packet that crosses several interfaces of the node is
 * one packet. Of each way one hook is taken, the others are its repeats:
 *
 * - the one where packets come in, so that it is the same hook in every generation and a packet that is under way at the
 *   turn is not counted in both;
 * - but the fullest, where several let packets in (uplinks that alternate), or none, or where the one that does has seen
 *   less than can be explained by what is under way.
 *
 * @param row of `flows`, whose slots begin at row * slots
 * @param into overwritten, so that nothing is allocated per row
 */
export function countWays(
  flows: FlowColumns,
  row: number,
  slots: number,
  into: readonly [WayCount, WayCount],
): void {
  countWay(flows, row * slots, slots, 0, into[0])
  countWay(flows, row * slots, slots, 1, into[1])
}

function countWay(
  { hooks, packets, bytes }: FlowColumns,
  first: number,
  slots: number,
  way: Way,
  into: WayCount,
): void {
  let fullest = -1
  let entrance = -1
  let entrances = 0
  let allPackets = 0
  let allBytes = 0
  for (let slot = first; slot < first + slots; slot++) {
    const hook = hooks[slot] as number
    if (hook === 0 || (hook & 1) !== way) continue
    const slotPackets = packets[slot] as number
    allPackets += slotPackets
    allBytes += bytes[slot] as number
    if (fullest < 0 || slotPackets > (packets[fullest] as number)) fullest = slot
    if ((hook & EGRESS) === 0) {
      entrances++
      entrance = slot
    }
  }
  const steady =
    entrances === 1 && (packets[fullest] as number) - (packets[entrance] as number) <= UNDER_WAY_PACKETS
  const taken = steady ? entrance : fullest
  into.ifindex = taken < 0 ? 0 : (hooks[taken] as number) >>> 2
  into.packets = taken < 0 ? 0 : (packets[taken] as number)
  into.bytes = taken < 0 ? 0 : (bytes[taken] as number)
  into.repeatedPackets = allPackets - into.packets
  into.repeatedBytes = allBytes - into.bytes
}

/** A sum that grows. */
export class Total implements Size {
  packets = 0
  bytes = 0

  add(packets: number, bytes: number): void {
    this.packets += packets
    this.bytes += bytes
  }
}
