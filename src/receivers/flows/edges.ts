import type { AttributeName } from '../../catalogue/attributes.ts'
import type { TcpEdges } from '../../native/tcp.ts'
import type { Addresses } from '../../pipeline/addresses.ts'
import type { Column } from '../../pipeline/point-batch.ts'
import { evidences, named, ports, transports, types } from './dictionaries.ts'

/** The IP protocol's number. */
export const TCP = 6

/** By TcpEdges' role. */
export const sides = named('unknown', 'source', 'destination', 'transit')
/** By enum tcp_outcome of bpf/shared/tcp.h. */
export const outcomes = named(undefined, 'success', 'failure')
/** By enum tcp_error. */
export const errors = named(
  undefined,
  'refused',
  'timeout',
  'reset',
  'host_unreachable',
  'net_unreachable',
  'aborted',
  'other',
)

/**
 * The attributes that say between whom.
 *
 * @param addresses the dictionary that gives the ids
 */
export function edgeColumns(edges: TcpEdges, addresses: Addresses): [AttributeName, Column][] {
  const { length } = edges
  const words = new Uint32Array(edges.addresses.buffer, edges.addresses.byteOffset, length * 8)
  const source = new Uint32Array(length)
  const destination = new Uint32Array(length)
  const sourcePort = new Uint16Array(length)
  const destinationPort = new Uint16Array(length)
  const family = new Uint8Array(length)
  for (let row = 0; row < length; row++) {
    source[row] = addresses.intern(words, row * 8)
    destination[row] = addresses.intern(words, row * 8 + 4)
    sourcePort[row] = edges.ports[row * 2] as number
    destinationPort[row] = edges.ports[row * 2 + 1] as number
    family[row] = isMapped(edges.addresses, row * 32 + 16) ? 4 : 6
  }
  return [
    ['source.address', { ids: source, dictionary: addresses }],
    ['source.port', { ids: sourcePort, dictionary: ports }],
    ['destination.address', { ids: destination, dictionary: addresses }],
    ['destination.port', { ids: destinationPort, dictionary: ports }],
    ['network.transport', { ids: new Uint8Array(length).fill(TCP), dictionary: transports }],
    ['network.type', { ids: family, dictionary: types }],
    ['netsonde.observer.side', { ids: edges.role, dictionary: sides }],
    ['netsonde.flow.direction.evidence', { ids: edges.evidence, dictionary: evidences }],
  ]
}

/** IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff
}
