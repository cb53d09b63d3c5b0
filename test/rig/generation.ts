import type { FlowColumns, Generation } from '../../src/native/generation.ts'

export const SLOTS = 6
export const INGRESS = 0
export const EGRESS = 1

export interface Flow {
  lower?: [string, number]
  higher?: [string, number]
  protocol?: number
  client?: 0 | 1 | 2
  first?: boolean
  /** Endpoints that are this node: 1 is the lower, 2 the higher, 3 both. */
  local?: number
  /** ifindex, direction, way, packets, bytes */
  seen: [number, number, 0 | 1, number, number][]
}

/** What the addon gives, of these flows. */
export function generation(flows: Flow[], capture: Partial<Generation['capture']> = {}): Generation {
  const none = { packets: 0, bytes: 0 }
  const columns: FlowColumns = {
    length: flows.length,
    addresses: new Uint8Array(flows.length * 32),
    ports: new Uint16Array(flows.length * 2),
    family: new Uint8Array(flows.length).fill(4),
    protocol: Uint8Array.from(flows, ({ protocol = 6 }) => protocol),
    laterFragment: new Uint8Array(flows.length),
    local: Uint8Array.from(flows, ({ local = 0 }) => local),
    client: Uint8Array.from(flows, ({ client = 0 }) => client),
    evidence: Uint8Array.from(flows, ({ client = 0 }) => (client ? 1 : 0)),
    first: Uint8Array.from(flows, ({ first }) => (first ? 1 : 0)),
    firstSeenMs: new Float64Array(flows.length),
    hooks: new Uint32Array(flows.length * SLOTS),
    packets: new Uint32Array(flows.length * SLOTS),
    bytes: new Float64Array(flows.length * SLOTS),
    next: new Int32Array(flows.length).fill(-1),
    joined: new Uint8Array(flows.length),
    service: new Int32Array(flows.length).fill(-1),
    serviceAddresses: new Uint8Array(),
    servicePorts: new Uint16Array(),
  }
  flows.forEach(({ lower = ['10.0.0.1', 1000], higher = ['10.0.0.2', 80], seen }, row) => {
    for (const [end, [address, port]] of [lower, higher].entries()) {
      const at = row * 32 + end * 16
      columns.addresses.set([0xff, 0xff, ...address.split('.').map(Number)], at + 10)
      columns.ports[row * 2 + end] = port
    }
    seen.forEach(([ifindex, direction, way, packets, bytes], slot) => {
      columns.hooks[row * SLOTS + slot] = (ifindex << 2) | (direction << 1) | way
      columns.packets[row * SLOTS + slot] = packets
      columns.bytes[row * SLOTS + slot] = bytes
    })
  })
  return {
    startMs: 0,
    endMs: 5000,
    flows: columns,
    capture: {
      seen: none,
      unparsed: { not_ip: none, truncated: none, malformed: none },
      overflow: [],
      filtered: none,
      squareBytes: 0,
      overflowUnlisted: none,
      ...capture,
    },
  }
}
