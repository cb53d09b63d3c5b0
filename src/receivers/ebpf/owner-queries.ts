import { OWNER_QUERY_BYTES } from '../../native/owners.ts'
import type { TcpEdges } from '../../native/tcp.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import type { Column, PointBatch } from '../../pipeline/point-batch.ts'

/** Of struct OwnerQuery, native/owners.h: places of what follows the two addresses, in the order of the machine. */
const PORTS = 32
const NETNS = 36
const PROTOCOL = 40
const OWN = 41
const SERVICE_PORT = 42
const SERVICE = 44

const TCP = 6

/** Whose the two ends of each row of flows are. */
export function queriesOfFlows({ length, columns }: PointBatch): Uint8Array {
  const ids = (name: Parameters<typeof columns.get>[0]) => (columns.get(name) as Column).ids
  const { dictionary } = columns.get('source.address') as Column
  if (!(dictionary instanceof Addresses)) throw new TypeError('the batch is not one of flows')
  const addresses = Buffer.from(dictionary.raw.buffer, dictionary.raw.byteOffset, dictionary.raw.byteLength)
  const [sources, destinations] = [ids('source.address'), ids('destination.address')]
  const [sourcePorts, destinationPorts] = [ids('source.port'), ids('destination.port')]
  const protocols = ids('network.transport')
  /** Ids + 1; 0: none. */
  const services = columns.get('netsonde.service.address')?.ids
  const servicePorts = columns.get('netsonde.service.port')?.ids
  const queries = Buffer.alloc(length * OWNER_QUERY_BYTES)
  for (let row = 0, at = 0; row < length; row++, at += OWNER_QUERY_BYTES) {
    const copy = (id: number, to: number) => addresses.copy(queries, to, id * 16, id * 16 + 16)
    copy(sources[row] as number, at)
    copy(destinations[row] as number, at + 16)
    queries.writeUInt16LE(sourcePorts[row] as number, at + PORTS)
    queries.writeUInt16LE(destinationPorts[row] as number, at + PORTS + 2)
    queries[at + PROTOCOL] = protocols[row] as number
    const service = services?.[row] ?? 0
    if (service === 0) continue
    queries.writeUInt16LE(servicePorts?.[row] as number, at + SERVICE_PORT)
    copy(service - 1, at + SERVICE)
  }
  return queries
}

/** Whose the two ends of each row of TCP's sockets are. */
export function queriesOfEdges({ length, addresses, ports, role, netns }: TcpEdges): Uint8Array {
  const queries = Buffer.alloc(length * OWNER_QUERY_BYTES)
  for (let row = 0, at = 0; row < length; row++, at += OWNER_QUERY_BYTES) {
    queries.set(addresses.subarray(row * 32, row * 32 + 32), at)
    queries.writeUInt16LE(ports[row * 2] as number, at + PORTS)
    queries.writeUInt16LE(ports[row * 2 + 1] as number, at + PORTS + 2)
    queries.writeUInt32LE(netns[row] as number, at + NETNS)
    queries[at + PROTOCOL] = TCP
    queries[at + OWN] = role[row] === 2 ? 2 : 1
  }
  return queries
}
