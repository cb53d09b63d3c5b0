import { slots } from '../src/native/datapath.ts'
import type { Generation } from '../src/native/generation.ts'

/** ifindex 2, where packets come in; the other way leaves by it (bpf/shared/flow.h). */
const IN_LOWER = 2 << 2
const OUT_HIGHER = (2 << 2) | 2 | 1
const TCP = 6

/** Attributes that tell all connections apart. */
export const everything = [
  'network.transport',
  'network.type',
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
]

/** How many addresses connections have. */
export interface Peers {
  readonly clients: number
  readonly servers: number
}

/** Each connection has a client of its own, as a service that the whole internet calls. */
export const everybody: Peers = { clients: 2 ** 24, servers: 50_000 }
/** What a node of a large cluster talks to. */
export const cluster: Peers = { clients: 4096, servers: 1000 }

/**
 * A generation as the kernel's read-out gives it, both ways of each connection seen once.
 *
 * @param first the number of the first connection: other numbers are other connections
 */
export function generationOf(
  connections: number,
  first: number,
  interval: number,
  { clients, servers }: Peers = everybody,
): Generation {
  const places = slots()
  const addresses = new Uint8Array(connections * 32)
  const words = new DataView(addresses.buffer)
  const ports = new Uint16Array(connections * 2)
  const hooks = new Uint32Array(connections * places)
  const packets = new Uint32Array(connections * places)
  const bytes = new Float64Array(connections * places)
  for (let row = 0; row < connections; row++) {
    const number = first + row
    setAddress(words, row * 32, 0x0a000000 + (number % clients))
    setAddress(words, row * 32 + 16, 0x64000000 + ((number * 7919) % servers))
    ports[row * 2] = 1024 + ((number * 31) % 60_000)
    ports[row * 2 + 1] = 443
    hooks[row * places] = IN_LOWER
    hooks[row * places + 1] = OUT_HIGHER
    packets.set([3, 4], row * places)
    bytes.set([300 + (number % 1000), 4000], row * places)
  }
  const ones = new Uint8Array(connections).fill(1)
  const none = { packets: 0, bytes: 0 }
  return {
    startMs: interval * 5000,
    endMs: interval * 5000 + 5000,
    flows: {
      length: connections,
      addresses,
      ports,
      family: new Uint8Array(connections).fill(4),
      protocol: new Uint8Array(connections).fill(TCP),
      laterFragment: new Uint8Array(connections),
      client: ones,
      evidence: ones,
      first: ones,
      firstSeenMs: new Float64Array(connections),
      local: new Uint8Array(connections).fill(3),
      hooks,
      packets,
      bytes,
      next: new Int32Array(connections).fill(-1),
      joined: new Uint8Array(connections),
      service: new Int32Array(connections).fill(-1),
      serviceAddresses: new Uint8Array(),
      servicePorts: new Uint16Array(),
    },
    capture: {
      seen: none,
      unparsed: { not_ip: none, truncated: none, malformed: none },
      squareBytes: 0,
      filtered: none,
      overflow: [],
      overflowUnlisted: none,
    },
  }
}

/** IPv4 as ::ffff:a.b.c.d. */
function setAddress(words: DataView, at: number, address: number): void {
  words.setUint16(at + 10, 0xffff)
  words.setUint32(at + 12, address)
}
