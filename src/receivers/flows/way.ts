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

export const emptyWay = (): WayCount => ({
  ifindex: 0,
  packets: 0,
  bytes: 0,
  repeatedPackets: 0,
  repeatedBytes: 0,
  wrapped: false,
})
