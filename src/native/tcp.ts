import { fileURLToPath } from 'node:url'
import { addon, build } from './addon.ts'

interface Functions {
  openTcp(folder: string, maxConnections: number, bySocket: boolean): object
  tcpFeatures(tcp: object): TcpFeature[]
  drainTcp(tcp: object): Promise<TcpInterval>
  closeTcp(tcp: object): void
  splitEdges(edges: Pick<TcpEdges, 'length' | 'addresses' | 'ports'>): SplitEdges
}

const native = () => addon<Functions>()

/** Between whom, a row each: entry i of columns with one entry a row, [2 i, 2 i + 2) of ports and so on. */
export interface TcpEdges {
  readonly length: number
  /** 2 x 16 bytes a row; the source is the client, or the end that told where nobody knows. */
  readonly addresses: Uint8Array<ArrayBuffer>
  /** 2 a row, source first; 0: not told. */
  readonly ports: Uint16Array
  /** Of the end that told: 0 unknown, 1 client, 2 server. */
  readonly role: Uint8Array
  /** As FlowColumns. */
  readonly evidence: Uint8Array
  /** Inode of the network namespace of the end that told; empty unless rows are told by socket. */
  readonly netns: Uint32Array
}

/** The same as a column each. */
export interface SplitEdges {
  /** 16 bytes each, every address once. */
  readonly distinct: Uint8Array<ArrayBuffer>
  /** Which of them. */
  readonly source: Uint32Array
  readonly destination: Uint32Array
  readonly sourcePort: Uint16Array
  readonly destinationPort: Uint16Array
  /** 4 or 6. */
  readonly family: Uint8Array
}

export const splitEdges: Functions['splitEdges'] = (edges) => native().splitEdges(edges)

/** What TCP's connections of the node did in an interval. NaN: nothing; times in seconds. */
export interface TcpInterval {
  /** Since the epoch; the start is the end of the interval before. */
  readonly startMs: number
  readonly endMs: number
  /** Those that did something. */
  readonly connections: TcpEdges & {
    /** enum tcp_outcome: 0 tells of no attempt, 1 success, 2 failure. */
    readonly outcome: Uint8Array
    /** enum tcp_error. */
    readonly error: Uint8Array
    /** 1 where `outcome` tells of an attempt. This column and the following ones are empty if they tell of no row. */
    readonly attempts: Float64Array
    readonly rtt: Float64Array
    readonly rttMin: Float64Array
    readonly rttVariation: Float64Array
    readonly handshake: Float64Array
    readonly duration: Float64Array
    readonly sent: Float64Array
    readonly lost: Float64Array
    readonly spurious: Float64Array
    readonly outOfOrder: Float64Array
    readonly zeroWindows: Float64Array
  }
  /** A row for each connection and reason (enum tcp_retransmit; 4: unknown). */
  readonly retransmits: TcpEdges & { readonly reason: Uint8Array; readonly segments: Float64Array }
  readonly resets: TcpEdges & { readonly received: Uint8Array; readonly resets: Float64Array }
  /** All that live, added up by everything but the client's port, unless rows are told by socket. `state` as the kernel numbers them. */
  readonly active: TcpEdges & { readonly state: Uint8Array; readonly connections: Float64Array }
  /** Attempts of connections for which there was no room: 8 by error of clients, 8 of servers. */
  readonly untracked: Float64Array
  /** Connections whose last account found no room. */
  readonly endsLost: number
  /** Events that a program missed because it was interrupted by one of its own kind. */
  readonly missed: number
}

/** What became of one program: `code` is empty if it works, else the errno's name. */
export interface TcpFeature {
  readonly name: string
  readonly code: string
  readonly message: string
  /** Its id in the kernel; 0: none, or it has done its work. */
  readonly program: number
}

/** The programs at TCP's tracepoints and the connections that they know, of all network namespaces. */
export class TcpSockets implements Disposable {
  private readonly handle: object

  /**
   * Loads and attaches what the kernel lets; `features` says what.
   * @param maxConnections at a time, and that end in an interval
   * @param folder of the programs, with a slash; another than the built ones in tests only
   * @param bySocket a row never stands for several sockets
   * @throws with `code` if nothing can be loaded
   */
  constructor(maxConnections: number, folder = fileURLToPath(build), bySocket = false) {
    this.handle = native().openTcp(folder, maxConnections, bySocket)
  }

  get features(): TcpFeature[] {
    return native().tcpFeatures(this.handle)
  }

  /** What was not told yet. @throws with `code`: EBADF after dispose */
  drain(): Promise<TcpInterval> {
    return native().drainTcp(this.handle)
  }

  /** Detaches all. What was not drained is gone. Safe to call twice. */
  [Symbol.dispose](): void {
    native().closeTcp(this.handle)
  }
}
