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
  /** The packets are a tunnel's outside: all of them are repeats of what it carries. */
  wrapped: boolean
}

/** Its sums have been NaN, so V8 keeps them as doubles from the start: code for small integers would not last. */
export function emptyWay(): WayCount {
  const way = {
    ifindex: 0,
    packets: Number.NaN,
    bytes: Number.NaN,
    repeatedPackets: Number.NaN,
    repeatedBytes: Number.NaN,
    wrapped: false,
  }
  way.packets = way.bytes = way.repeatedPackets = way.repeatedBytes = 0
  return way
}
