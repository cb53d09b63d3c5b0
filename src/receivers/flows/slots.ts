import type { FlowColumns, Size } from '../../native.ts'

/** From the lower endpoint of a connection to the higher, or back. */
export type Way = 0 | 1

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
 * Decides which of the hooks that saw a connection is counted: a packet that crosses several interfaces of the node is
 * one packet. The fullest hook of each way is taken, the others are its repeats.
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
  for (const way of into) {
    way.ifindex = 0
    way.packets = way.bytes = way.repeatedPackets = way.repeatedBytes = 0
  }
  const { hooks, packets, bytes } = flows
  for (let slot = row * slots; slot < row * slots + slots; slot++) {
    const hook = hooks[slot] as number
    if (hook === 0) continue
    const way = into[(hook & 1) as Way]
    const slotPackets = packets[slot] as number
    const slotBytes = bytes[slot] as number
    if (slotPackets > way.packets || (slotPackets === way.packets && slotBytes > way.bytes)) {
      way.repeatedPackets += way.packets
      way.repeatedBytes += way.bytes
      way.ifindex = hook >>> 2
      way.packets = slotPackets
      way.bytes = slotBytes
    } else {
      way.repeatedPackets += slotPackets
      way.repeatedBytes += slotBytes
    }
  }
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
