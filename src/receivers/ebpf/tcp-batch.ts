import type { AttributeName } from '../../catalogue/attributes.ts'
import type { MetricName } from '../../catalogue/metrics.ts'
import type { TcpEdges, TcpInterval } from '../../native/tcp.ts'
import type { Addresses } from '../../pipeline/addresses.ts'
import { type Column, PointBatch } from '../../pipeline/point-batch.ts'
import { named, transports } from '../flows/dictionaries.ts'
import { edgeColumns, errors, outcomes, sides, TCP } from '../flows/edges.ts'

const ERRORS = 8
const retransmits = named('syn', 'timeout', 'fast', 'tail_loss_probe', 'unknown')
const directions = named('transmit', 'receive')
/** By include/net/tcp_states.h, named as OpenTelemetry's network.connection.state. */
const states = named(
  undefined,
  'established',
  'syn_sent',
  'syn_received',
  'fin_wait_1',
  'fin_wait_2',
  'time_wait',
  'closed',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
)
const losses = named('table_full', 'ended_full', 'interrupted')

export type Columns = [AttributeName, Column][]
type Values = [MetricName, Float64Array][]

/**
 * Makes the points of an interval. The first batch has the connections that did something, then come retransmits,
 * resets, those that live, and what could not be told; the last two always.
 *
 * @param addresses the dictionary that gives the ids
 * @param more columns of the rows that are told by socket
 */
export function tcpBatches(
  interval: TcpInterval,
  addresses: Addresses,
  more: ReadonlyMap<TcpEdges, Columns> = new Map(),
): PointBatch[] {
  const { connections, retransmits: again, resets, active, untracked } = interval
  const batch = (length: number, columns: Columns, values: Values) =>
    new PointBatch({
      startMs: interval.startMs,
      endMs: interval.endMs,
      length,
      columns: new Map(columns),
      values: new Map(values.filter(([, column]) => column.length > 0 || length === 0)),
    })
  const withEdges = (edges: TcpEdges, columns: Columns, values: Values) =>
    batch(edges.length, [...edgeColumns(edges, addresses), ...columns, ...(more.get(edges) ?? [])], values)

  const told = withEdges(
    connections,
    [
      ['outcome', { ids: connections.outcome, dictionary: outcomes }],
      ['error.type', { ids: connections.error, dictionary: errors }],
    ],
    [
      ['netsonde.tcp.rtt', connections.rtt],
      ['netsonde.tcp.rtt.min', connections.rttMin],
      ['netsonde.tcp.rtt.variation', connections.rttVariation],
      ['netsonde.tcp.handshake.duration', connections.handshake],
      ['netsonde.tcp.connection.duration', connections.duration],
      ['netsonde.tcp.connection.attempts', connections.attempts],
      ['netsonde.tcp.sent', connections.sent],
      ['netsonde.tcp.lost', connections.lost],
      ['netsonde.tcp.spurious_retransmits', connections.spurious],
      ['netsonde.tcp.out_of_order', connections.outOfOrder],
      ['netsonde.tcp.zero_window', connections.zeroWindows],
    ],
  )
  const sentAgain = withEdges(
    again,
    [['network.tcp.retransmit.type', { ids: again.reason, dictionary: retransmits }]],
    [['netsonde.tcp.retransmits', again.segments]],
  )
  const reset = withEdges(
    resets,
    [['network.io.direction', { ids: resets.received, dictionary: directions }]],
    [['netsonde.tcp.resets', resets.resets]],
  )
  const living = withEdges(
    active,
    [['network.connection.state', { ids: active.state, dictionary: states }]],
    [['netsonde.tcp.connection.active', active.connections]],
  )
  const lost = batch(
    3,
    [['reason', { ids: Uint8Array.of(0, 1, 2), dictionary: losses }]],
    [
      [
        'netsonde.tcp.lost_events',
        Float64Array.of(
          untracked.reduce((sum, each) => sum + each, 0),
          interval.endsLost,
          interval.missed,
        ),
      ],
    ],
  )
  return [told, sentAgain, reset, untrackedBatch(untracked, batch)]
    .filter(({ length }) => length > 0)
    .concat(living, lost)
}

/** Attempts of connections that found no room: all that is known is how they ended, and for which side. */
function untrackedBatch(
  untracked: Float64Array,
  batch: (length: number, columns: Columns, values: Values) => PointBatch,
): PointBatch {
  const found = [...untracked.keys()].filter((i) => (untracked[i] as number) > 0)
  const ids = (of: (i: number) => number) => Uint8Array.from(found, of)
  return batch(
    found.length,
    [
      ['netsonde.observer.side', { ids: ids((i) => (i < ERRORS ? 1 : 2)), dictionary: sides }],
      ['network.transport', { ids: ids(() => TCP), dictionary: transports }],
      ['outcome', { ids: ids((i) => (i % ERRORS === 0 ? 1 : 2)), dictionary: outcomes }],
      ['error.type', { ids: ids((i) => i % ERRORS), dictionary: errors }],
    ],
    [['netsonde.tcp.connection.attempts', Float64Array.from(found, (i) => untracked[i] as number)]],
  )
}
