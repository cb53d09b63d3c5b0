import type { FlowColumns, Generation } from '../../native/generation.ts'
import type { Addresses } from '../../pipeline/addresses.ts'
import type { Dictionary, PointBatch } from '../../pipeline/point-batch.ts'
import { FlowRows } from './flow-rows.ts'
import { ICMP, ICMPV6 } from './names.ts'
import { type Paths, Total } from './slots.ts'
import { SocketPaths } from './sockets.ts'
import { emptyWay, type Way, type WayCount } from './way.ts'

/** In the place of a way. */
const NEITHER = -1

export interface FlowBatch {
  readonly batch: PointBatch
  /** The sum of what the batch holds. */
  readonly accounted: Total
  readonly repeated: Total
}

/**
 * Makes the points of a generation: a row for each way of a connection in which something went, the sender as source.
 * netsonde.flow.count is on the client's row where the client is known.
 *
 * @param paths decides what is counted; of the receiver, for it remembers
 * @param addresses the dictionary that gives the ids
 * @param interfaces names by ifindex
 */
export function flowBatch(
  generation: Generation,
  paths: Paths | SocketPaths,
  addresses: Addresses,
  interfaces: Dictionary,
): FlowBatch {
  const { startMs, endMs, flows } = generation
  const accounting = new Accounting(flows, paths, addresses)
  paths.begin(generation)
  accounting.connections()
  paths.end()
  const { rows, accounted, repeated } = accounting
  return { batch: rows.batch(startMs, endMs, addresses, interfaces), accounted, repeated }
}

/**
 * The loop is by itself, and what is done for a row in methods: V8 compiles a long loop while it runs, and once more with
 * what comes after it.
 */
class Accounting {
  readonly rows: FlowRows
  readonly accounted = new Total()
  readonly repeated = new Total()
  private readonly flows: FlowColumns
  private readonly paths: Paths | SocketPaths
  private readonly sockets: SocketPaths | undefined
  private readonly addresses: Addresses
  private readonly words: Uint32Array
  private readonly serviceWords: Uint32Array
  private readonly ways = [emptyWay(), emptyWay()] as const
  /** Ids of the connection's addresses; -1: not looked up yet. */
  private lower = -1
  private higher = -1

  constructor(flows: FlowColumns, paths: Paths | SocketPaths, addresses: Addresses) {
    this.flows = flows
    this.paths = paths
    this.sockets = paths instanceof SocketPaths ? paths : undefined
    this.addresses = addresses
    this.rows = new FlowRows(flows.length * 2, flows.servicePorts.length > 0, this.sockets?.cgroups)
    this.words = wordsOf(flows.addresses)
    this.serviceWords = wordsOf(flows.serviceAddresses)
  }

  connections(): void {
    const { length, joined } = this.flows
    for (let row = 0; row < length; row++) if (joined[row] !== 1) this.connection(row)
  }

  /** Adds the rows of the connection's ways. */
  private connection(row: number): void {
    const { flows, ways } = this
    this.paths.count(row, ways)
    this.lower = -1
    const isOutside = ways[0].wrapped || ways[1].wrapped
    const opening = isOutside
      ? NEITHER
      : openingWay(flows.first[row] as number, flows.client[row] as number, ways[0].packets > 0)
    this.way(row, 0, ways[0], opening === 0)
    this.way(row, 1, ways[1], opening === 1)
  }

  private way(row: number, way: Way, counted: WayCount, opens: boolean): void {
    this.accounted.add(counted.packets, counted.bytes)
    this.repeated.add(counted.repeatedPackets, counted.repeatedBytes)
    if (counted.packets === 0 && !opens) return

    const { flows, rows } = this
    if (this.lower < 0) this.lookUp(row)
    const at = rows.length++
    rows.source[at] = way === 0 ? this.lower : this.higher
    rows.destination[at] = way === 0 ? this.higher : this.lower
    rows.sourcePort[at] = flows.ports[row * 2 + way] as number
    rows.destinationPort[at] = flows.ports[row * 2 + 1 - way] as number
    const protocol = flows.protocol[row] as number
    rows.transport[at] = protocol === ICMPV6 ? ICMP : protocol
    rows.type[at] = flows.family[row] as number
    rows.direction[at] = directionOf(flows.client[row] as number, way)
    rows.evidence[at] = flows.evidence[row] as number
    rows.interface[at] = counted.ifindex
    rows.bytes[at] = counted.bytes
    rows.packets[at] = counted.packets
    rows.count[at] = opens ? 1 : Number.NaN
    if (this.sockets) this.atSockets(at, this.sockets, way)
    const service = flows.service[row] as number
    if (service >= 0) this.service(at, service)
  }

  private lookUp(row: number): void {
    this.lower = this.addresses.intern(this.words, row * 8)
    this.higher = this.addresses.intern(this.words, row * 8 + 4)
  }

  private atSockets(at: number, { cgroups, ends }: SocketPaths, way: Way): void {
    this.rows.sourceCgroup[at] = cgroups.id(ends[way].sender)
    this.rows.destinationCgroup[at] = cgroups.id(ends[way].receiver)
  }

  private service(at: number, service: number): void {
    this.rows.serviceAddress[at] = this.addresses.intern(this.serviceWords, service * 4) + 1
    this.rows.servicePort[at] = this.flows.servicePorts[service] as number
  }
}

/** Four an address. */
function wordsOf(addresses: Uint8Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(addresses.buffer, addresses.byteOffset, addresses.length / 4)
}

/** The way whose row tells of a connection that is new in this generation: the client's, else one that has packets. */
function openingWay(first: number, client: number, lowerSent: boolean): Way | typeof NEITHER {
  if (first !== 1) return NEITHER
  if (client === 0) return lowerSent ? 0 : 1
  return client === 1 ? 0 : 1
}

/** An id of `directions`. */
function directionOf(client: number, way: Way): number {
  if (client === 0) return 0
  return client - 1 === way ? 1 : 2
}
