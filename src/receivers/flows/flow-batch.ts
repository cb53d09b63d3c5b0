import type { Generation } from '../../native/generation.ts'
import type { Addresses } from '../../pipeline/addresses.ts'
import { type Column, type Dictionary, PointBatch } from '../../pipeline/point-batch.ts'
import { evidences, ports, transports, types } from './dictionaries.ts'
import { ICMP, ICMPV6 } from './names.ts'
import { type Paths, Total } from './slots.ts'
import { SocketPaths } from './sockets.ts'
import { emptyWay, type Way } from './way.ts'

const directions: Dictionary = { value: (id) => ['unknown', 'forward', 'reverse'][id], lasting: true }
const WAYS = [0, 1] as const

/** A dictionary of addresses in which 0 is none; the same one each time. */
const services = new WeakMap<Addresses, Dictionary>()
function servicesIn(addresses: Addresses): Dictionary {
  let dictionary = services.get(addresses)
  if (!dictionary) {
    dictionary = { value: (id) => (id === 0 ? undefined : addresses.value(id - 1)), lasting: true }
    services.set(addresses, dictionary)
  }
  return dictionary
}

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
  const sockets = paths instanceof SocketPaths ? paths : undefined
  const rows = new Rows(flows.length * 2, flows.servicePorts.length > 0, sockets?.cgroups)
  const words = new Uint32Array(flows.addresses.buffer, flows.addresses.byteOffset, flows.length * 8)
  const serviceWords = new Uint32Array(
    flows.serviceAddresses.buffer,
    flows.serviceAddresses.byteOffset,
    flows.servicePorts.length * 4,
  )
  const ways = [emptyWay(), emptyWay()] as const
  const accounted = new Total()
  const repeated = new Total()

  const { joined, ports, protocol, family, client, evidence, first } = flows // once, not once a row
  const { source, destination, sourcePort, destinationPort, transport, type, direction } = rows
  const { bytes, packets, count } = rows

  paths.begin(generation)
  for (let row = 0; row < flows.length; row++) {
    if (joined[row] === 1) continue
    paths.count(row, ways)
    const isOutside = ways[0].wrapped || ways[1].wrapped
    const opening = isOutside
      ? undefined
      : openingWay(first[row] as number, client[row] as number, ways[0].packets > 0)
    const service = flows.service[row] as number
    let lower = -1
    let higher = -1
    for (const way of WAYS) {
      const counted = ways[way]
      const opens = opening === way
      accounted.add(counted.packets, counted.bytes)
      repeated.add(counted.repeatedPackets, counted.repeatedBytes)
      if (counted.packets === 0 && !opens) continue

      if (lower < 0) {
        lower = addresses.intern(words, row * 8)
        higher = addresses.intern(words, row * 8 + 4)
      }
      const at = rows.length++
      source[at] = way === 0 ? lower : higher
      destination[at] = way === 0 ? higher : lower
      sourcePort[at] = ports[row * 2 + way] as number
      destinationPort[at] = ports[row * 2 + 1 - way] as number
      transport[at] = protocol[row] === ICMPV6 ? ICMP : (protocol[row] as number)
      type[at] = family[row] as number
      direction[at] = directionOf(client[row] as number, way)
      rows.evidence[at] = evidence[row] as number
      rows.interface[at] = counted.ifindex
      if (sockets) {
        rows.sourceCgroup[at] = sockets.cgroups.id(sockets.ends[way].sender)
        rows.destinationCgroup[at] = sockets.cgroups.id(sockets.ends[way].receiver)
      }
      bytes[at] = counted.bytes
      packets[at] = counted.packets
      count[at] = opens ? 1 : Number.NaN
      if (service < 0) continue
      rows.serviceAddress[at] = addresses.intern(serviceWords, service * 4) + 1
      rows.servicePort[at] = flows.servicePorts[service] as number
    }
  }
  paths.end()
  return { batch: rows.batch(startMs, endMs, addresses, interfaces), accounted, repeated }
}

/** The way whose row tells of a connection that is new in this generation: the client's, else one that has packets. */
function openingWay(first: number, client: number, lowerSent: boolean): Way | undefined {
  if (first !== 1) return undefined
  if (client === 0) return lowerSent ? 0 : 1
  return client === 1 ? 0 : 1
}

/** An id of `directions`. */
function directionOf(client: number, way: Way): number {
  if (client === 0) return 0
  return client - 1 === way ? 1 : 2
}

class Rows {
  length = 0
  readonly source: Uint32Array
  readonly destination: Uint32Array
  readonly sourcePort: Uint16Array
  readonly destinationPort: Uint16Array
  readonly transport: Uint8Array
  readonly type: Uint8Array
  readonly direction: Uint8Array
  readonly evidence: Uint8Array
  readonly interface: Uint32Array
  readonly bytes: Float64Array
  readonly packets: Float64Array
  readonly count: Float64Array
  /** Ids of the addresses' dictionary + 1; 0: none. */
  readonly serviceAddress: Uint32Array
  readonly servicePort: Uint16Array
  /** Ids of `cgroups`; empty without. */
  readonly sourceCgroup: Uint32Array
  readonly destinationCgroup: Uint32Array
  private readonly cgroups: Dictionary | undefined

  /** @param services whether any row has one */
  constructor(capacity: number, services: boolean, cgroups?: Dictionary) {
    this.cgroups = cgroups
    this.sourceCgroup = new Uint32Array(cgroups ? capacity : 0)
    this.destinationCgroup = new Uint32Array(cgroups ? capacity : 0)
    this.source = new Uint32Array(capacity)
    this.destination = new Uint32Array(capacity)
    this.sourcePort = new Uint16Array(capacity)
    this.destinationPort = new Uint16Array(capacity)
    this.transport = new Uint8Array(capacity)
    this.type = new Uint8Array(capacity)
    this.direction = new Uint8Array(capacity)
    this.evidence = new Uint8Array(capacity)
    this.interface = new Uint32Array(capacity)
    this.bytes = new Float64Array(capacity)
    this.packets = new Float64Array(capacity)
    this.count = new Float64Array(capacity)
    this.serviceAddress = new Uint32Array(services ? capacity : 0)
    this.servicePort = new Uint16Array(services ? capacity : 0)
  }

  batch(startMs: number, endMs: number, addresses: Addresses, interfaces: Dictionary): PointBatch {
    const { length, cgroups } = this
    const column = (ids: Column['ids'], dictionary: Dictionary): Column => ({
      ids: ids.subarray(0, length),
      dictionary,
    })
    return new PointBatch({
      startMs,
      endMs,
      length,
      columns: new Map([
        ['source.address', column(this.source, addresses)],
        ['source.port', column(this.sourcePort, ports)],
        ['destination.address', column(this.destination, addresses)],
        ['destination.port', column(this.destinationPort, ports)],
        ['network.transport', column(this.transport, transports)],
        ['network.type', column(this.type, types)],
        ['netsonde.flow.direction', column(this.direction, directions)],
        ['netsonde.flow.direction.evidence', column(this.evidence, evidences)],
        ['network.interface.name', column(this.interface, interfaces)],
        ...(cgroups
          ? ([
              ['source.process.linux.cgroup', column(this.sourceCgroup, cgroups)],
              ['destination.process.linux.cgroup', column(this.destinationCgroup, cgroups)],
            ] as const)
          : []),
        ...(this.servicePort.length > 0
          ? ([
              ['netsonde.service.address', column(this.serviceAddress, servicesIn(addresses))],
              ['netsonde.service.port', column(this.servicePort, ports)],
            ] as const)
          : []),
      ]),
      values: new Map([
        ['netsonde.flow.io', this.bytes.subarray(0, length)],
        ['netsonde.flow.packets', this.packets.subarray(0, length)],
        ['netsonde.flow.count', this.count.subarray(0, length)],
      ]),
    })
  }
}
