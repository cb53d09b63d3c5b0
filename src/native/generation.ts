export interface Size {
  readonly packets: number
  readonly bytes: number
}

/**
 * The connections that moved in a generation. Row i has entry i of the columns with one entry a row, and
 * entries [i * n, i * n + n) of the others. `lower` and `higher` are the endpoints in the order of the kernel's key.
 */
export interface FlowColumns {
  readonly length: number
  /** 2 x 16 bytes a row, lower first; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
  readonly addresses: Uint8Array<ArrayBuffer>
  /** 2 a row, lower first; 0: none. */
  readonly ports: Uint16Array
  /** 4 or 6. */
  readonly family: Uint8Array
  readonly protocol: Uint8Array
  readonly laterFragment: Uint8Array
  /** Bit 0: the lower endpoint is this node or everybody (multicast, broadcast), bit 1: the higher. Bits 2 and 3: this node. */
  readonly local: Uint8Array
  /** 0: unknown, 1: the lower endpoint, 2: the higher. */
  readonly client: Uint8Array
  /** enum evidence: 0: none, 1: syn, 2: listener, 3: payload, 4: known_port. */
  readonly evidence: Uint8Array
  /** 1: not met in an earlier generation. */
  readonly first: Uint8Array
  /** Since the epoch. */
  readonly firstSeenMs: Float64Array
  /**
   * `slots` a row: ifindex << 2 | egress << 1 | way; way 0 goes from lower to higher. 0: not used.
   * At sockets the number of the socket's cgroup stands in place of the ifindex.
   */
  readonly hooks: Uint32Array
  /** `slots` a row: what the hook of the same place saw, on the wire, in this generation. */
  readonly packets: Uint32Array
  readonly bytes: Float64Array
  /**
   * Rows that are one connection, which the node translates (NAT), are a list: `next` is the row that has more of it, -1:
   * none. They have the untranslated client as lower endpoint and the real server as higher.
   */
  readonly next: Int32Array
  /** 1: is not a connection's row, but has more of another's. */
  readonly joined: Uint8Array
  /** Entry of serviceAddresses: what the client called, if it was translated; -1: none. */
  readonly service: Int32Array
  /** 16 bytes an entry, as `addresses`. */
  readonly serviceAddresses: Uint8Array<ArrayBuffer>
  readonly servicePorts: Uint16Array
}

/**
 * How connections began and failed in a generation, as passing packets told it. Times are in seconds of CLOCK_BOOTTIME;
 * NaN: no such packet in this generation.
 */
export interface SignalColumns {
  readonly length: number
  /** When the generation was closed. */
  readonly now: number
  /** As FlowColumns. */
  readonly addresses: Uint8Array<ArrayBuffer>
  readonly ports: Uint16Array
  readonly protocol: Uint8Array
  readonly local: Uint8Array
  /** 1: NAT's other name for a connection that has a row under its own. */
  readonly translated: Uint8Array
  /** In this generation or an earlier one. 0: unknown, 1: the lower endpoint, 2: the higher. */
  readonly client: Uint8Array
  /** As FlowColumns, of rows with `roundTripUs`; of the others a SYN told the client. */
  readonly evidence: Uint8Array
  /** 2 a row, by way: the least time from here to the end that it leads to and back; 0: unknown. */
  readonly roundTripUs: Uint32Array
  readonly syn: Float64Array
  /** As `syn`, or when it was sent again. */
  readonly lastSyn: Float64Array
  readonly synAck: Float64Array
  /** The client's first packet after the SYN and ACK. */
  readonly ack: Float64Array
  readonly reset: Float64Array
  /** 2 a row, by way. */
  readonly resets: Uint32Array
  /** ICMP messages that a packet of the connection did not arrive, */
  readonly unreachables: Uint32Array
  /** why (enum unreachable of bpf/shared/signals.h) */
  readonly unreachable: Uint8Array
  /** and which way that packet went. */
  readonly unreachableWay: Uint8Array
}

export type UnparsedReason = 'not_ip' | 'truncated' | 'malformed'

export interface OverflowBucket extends Size {
  readonly ifindex: number
  readonly direction: 'ingress' | 'egress'
  readonly protocol: number
  /** 4 or 6. */
  readonly family: number
}

export interface Translations {
  /** Translated connections that are known. */
  readonly remembered: number
  /** In this generation, though they may be active: there were too many. */
  readonly forgotten: number
  /** New connections of which conntrack knew nothing in two generations. */
  readonly unresolved: number
  /** Why conntrack could not be asked. */
  readonly problem?: string
}

export interface Generation {
  /** Since the epoch; the start is the end of the generation before. */
  readonly startMs: number
  readonly endMs: number
  readonly flows: FlowColumns
  /** None but from the kernel, with DatapathOptions.signals. */
  readonly signals?: SignalColumns
  /** Packets whose signal found no room. */
  readonly signalsLost?: number
  readonly capture: {
    readonly seen: Size
    readonly unparsed: Readonly<Record<UnparsedReason, Size>> & {
      /** Of capture files only: frames of a link type that the parser does not know. */
      readonly unknown_link?: Size
    }
    readonly filtered: Size
    /** With sampling: the sum of the squares of what each skb had on the wire. */
    readonly squareBytes: number
    readonly overflow: readonly OverflowBucket[]
    readonly overflowUnlisted: Size
  }
  /** Of connections that the node translates (NAT), where it tracks connections. */
  readonly translations?: Translations
  /** Why a part of it stayed in the kernel and comes with a later generation. */
  readonly problem?: string
  /** Why from now on no listening socket tells servers. */
  readonly listenersProblem?: string
}

/** Frees the memory of columns that nobody needs any more at once: to the garbage collector they look small. */
export function freeColumns(columns: FlowColumns | SignalColumns): void {
  for (const column of Object.values(columns))
    if (ArrayBuffer.isView(column)) (column.buffer as ArrayBuffer).transfer(0)
}
