import { addon } from './addon.ts'
import type { SignalColumns } from './generation.ts'
import type { TcpEdges, TcpInterval } from './tcp.ts'

interface Functions {
  makePassing(lastingMs: number, most: number): object
  turnPassing(passing: object, nowMs: number): void
  claimPassing(passing: object, interval: TcpInterval): void
  settlePassing(passing: object, signals: SignalColumns): PassingRows
  settleDoubtful(passing: object): Promise<{ attempts: PassingAttempts; problem: string }>
}

const native = () => addon<Functions>()

/** Attempts to connect that came to their end. `role` 3: nobody's end, the packets passed through; NaN: not known. */
export interface PassingAttempts extends TcpEdges {
  /** enum tcp_error; 0: it succeeded. */
  readonly error: Uint8Array
  /** Seconds from the first SYN to the client's answer to the SYN and ACK. */
  readonly duration: Float64Array
  /** Seconds that a SYN, its answer and the answer to that took. */
  readonly rtt: Float64Array
}

/** What Passing.settle() found to be told of an interval. */
export interface PassingRows {
  readonly attempts: PassingAttempts
  /** Failed attempts that are not among them: settleDoubtful() tells them. */
  readonly doubtful: number
  /** Seconds from here to both ends and back, of connections of no socket of this node, where that is new. */
  readonly roundTrips: TcpEdges & { readonly rtt: Float64Array }
  /** Rows of the signals whose resets are to be told, as row * 2 + way. */
  readonly resets: Uint32Array
  /** Rows of the signals that tell of packets which did not arrive. */
  readonly unreachable: Uint32Array
  /** Attempts and round trips that found no room. */
  readonly lost: number
}

/**
 * Puts together, over generations, what passing packets tell of how connections begin and fail, and leaves out what a
 * socket of this node has told. An interval is turn(), then claim(), then settle().
 */
export class Passing {
  private readonly handle: object

  /**
   * @param lastingMs for how long at least a failed attempt that a socket told is remembered
   * @param most attempts under way: what is more is lost, and counted
   */
  constructor(lastingMs: number, most: number) {
    this.handle = native().makePassing(lastingMs, most)
  }

  turn(nowMs: number): void {
    native().turnPassing(this.handle, nowMs)
  }

  /** What sockets told in the interval: attempts, and resets of connections. */
  claim(interval: TcpInterval): void {
    native().claimPassing(this.handle, interval)
  }

  settle(signals: SignalColumns): PassingRows {
    return native().settlePassing(this.handle, signals)
  }

  /**
   * Failed attempts whose server may be in another network namespace of this node, which is looked up off the event
   * loop. Nothing else may be asked until it is there.
   *
   * @returns `problem`: why not all namespaces could be looked at; empty: they were
   */
  settleDoubtful(): Promise<{ attempts: PassingAttempts; problem: string }> {
    return native().settleDoubtful(this.handle)
  }
}
