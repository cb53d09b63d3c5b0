import type { AttributeName } from '../../catalogue/attributes.ts'
import { splitEdges, type TcpEdges } from '../../native/tcp.ts'
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
  const { distinct, source, destination, sourcePort, destinationPort, family } = splitEdges(edges)
  const words = new Uint32Array(distinct.buffer)
  const ids = new Uint32Array(words.length / 4)
  for (let each = 0; each < ids.length; each++) ids[each] = addresses.intern(words, each * 4)
  for (let row = 0; row < source.length; row++) {
    source[row] = ids[source[row] as number] as number
    destination[row] = ids[destination[row] as number] as number
  }
  return [
    ['source.address', { ids: source, dictionary: addresses }],
    ['source.port', { ids: sourcePort, dictionary: ports }],
    ['destination.address', { ids: destination, dictionary: addresses }],
    ['destination.port', { ids: destinationPort, dictionary: ports }],
    ['network.transport', { ids: new Uint8Array(edges.length).fill(TCP), dictionary: transports }],
    ['network.type', { ids: family, dictionary: types }],
    ['netsonde.observer.side', { ids: edges.role, dictionary: sides }],
    ['netsonde.flow.direction.evidence', { ids: edges.evidence, dictionary: evidences }],
  ]
}
