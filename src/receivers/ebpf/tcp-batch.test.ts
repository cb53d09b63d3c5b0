import { expect, test } from 'vitest'
import type { AttributeName } from '../../catalogue/attributes.ts'
import type { TcpEdges, TcpInterval } from '../../native/tcp.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import { tcpBatches } from './tcp-batch.ts'

const nothing = Number.NaN
const mapped = (last: number) => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, last]
const long = (last: number) => [0xfd, ...new Array<number>(14).fill(0), last]

/** As many rows as `role` has entries; the last is of IPv6. */
function edges(...role: number[]): TcpEdges {
  const ends = role.map((_, i) => (i < role.length - 1 || role.length === 1 ? mapped : long))
  return {
    length: role.length,
    addresses: Uint8Array.from(ends.flatMap((end) => [...end(1), ...end(2)])),
    ports: Uint16Array.from(role.flatMap(() => [40_000, 80])),
    role: Uint8Array.from(role),
    evidence: new Uint8Array(role.length).fill(1),
    netns: new Uint32Array(),
  }
}

const numbers = (...values: number[]) => Float64Array.from(values)
const columns = ['rtt', 'rttMin', 'rttVariation', 'handshake', 'duration'] as const
const totals = ['sent', 'lost', 'spurious', 'outOfOrder', 'zeroWindows'] as const
type Connections = TcpInterval['connections']

const interval = (more: Partial<TcpInterval> = {}): TcpInterval => ({
  startMs: 1000,
  endMs: 6000,
  connections: connections([], {}),
  retransmits: { ...edges(), reason: new Uint8Array(), segments: numbers() },
  resets: { ...edges(), received: new Uint8Array(), resets: numbers() },
  active: { ...edges(), state: new Uint8Array(), connections: numbers() },
  untracked: new Float64Array(16),
  endsLost: 0,
  missed: 0,
  ...more,
})

function connections(role: number[], told: Partial<Connections>): Connections {
  const none = Object.fromEntries(
    [...columns, ...totals].map((name) => [name, new Float64Array(role.length).fill(nothing)]),
  ) as Pick<Connections, (typeof columns)[number] | (typeof totals)[number]>
  return {
    ...edges(...role),
    outcome: new Uint8Array(role.length),
    error: new Uint8Array(role.length),
    attempts: new Float64Array(role.length).fill(nothing),
    ...none,
    ...told,
  }
}

/** The rows of a batch that has the metric, as their attributes and value. */
function rowsOf(
  batches: readonly PointBatch[],
  metric: Parameters<PointBatch['values']['get']>[0],
  ...attributes: AttributeName[]
) {
  return batches
    .filter(({ values }) => values.has(metric))
    .flatMap((batch) =>
      Array.from(batch, (point) => [
        ...attributes.map((name) => point.attribute(name)),
        point.value(metric),
      ]).filter((row) => !Number.isNaN(row.at(-1))),
    )
}
const tell = (more: Partial<TcpInterval>) => tcpBatches(interval(more), new Addresses())

test('a quiet interval still says that there is no connection, and that nothing was lost', () => {
  const batches = tell({})
  expect(batches.map(({ length }) => length)).toEqual([0, 3])
  expect(batches[0]?.values.has('netsonde.tcp.connection.active')).toBe(true)
  expect(rowsOf(batches, 'netsonde.tcp.lost_events', 'reason')).toEqual([
    ['table_full', 0],
    ['ended_full', 0],
    ['interrupted', 0],
  ])
})

test('the source is the client, and the side is the end that told', () => {
  const batches = tell({ connections: connections([1, 2, 0], { rtt: numbers(0.02, nothing, 0.03) }) })
  expect(
    rowsOf(
      batches,
      'netsonde.tcp.rtt',
      'netsonde.observer.side',
      'source.address',
      'source.port',
      'destination.address',
      'destination.port',
      'network.transport',
      'network.type',
      'netsonde.flow.direction.evidence',
    ),
  ).toEqual([
    ['source', '10.0.0.1', 40_000, '10.0.0.2', 80, 'tcp', 'ipv4', 'syn', 0.02],
    ['unknown', 'fd00::1', 40_000, 'fd00::2', 80, 'tcp', 'ipv6', 'syn', 0.03],
  ])
})

test('what is told of no connection is no metric of the batch', () => {
  const [batch] = tell({ connections: connections([1], { rtt: numbers(0.02), lost: numbers() }) })
  expect(batch?.values.has('netsonde.tcp.rtt')).toBe(true)
  expect(batch?.values.has('netsonde.tcp.lost')).toBe(false)
})

test('a row without an attempt adds none', () => {
  const batches = tell({
    connections: connections([1, 2, 1], {
      outcome: Uint8Array.of(1, 0, 2),
      attempts: numbers(1, nothing, 1),
      error: Uint8Array.of(0, 0, 2),
    }),
  })
  expect(rowsOf(batches, 'netsonde.tcp.connection.attempts', 'outcome', 'error.type')).toEqual([
    ['success', undefined, 1],
    ['failure', 'timeout', 1],
  ])
})

test('attempts that found no room are counted by side and outcome', () => {
  const untracked = new Float64Array(16)
  untracked[1] = 3 // clients, refused
  untracked[8] = 2 // servers, success
  const batches = tell({ untracked, endsLost: 4, missed: 5 })
  expect(
    rowsOf(
      batches,
      'netsonde.tcp.connection.attempts',
      'netsonde.observer.side',
      'outcome',
      'error.type',
      'source.address',
    ),
  ).toEqual([
    ['source', 'failure', 'refused', undefined, 3],
    ['destination', 'success', undefined, undefined, 2],
  ])
  expect(rowsOf(batches, 'netsonde.tcp.lost_events', 'reason')).toEqual([
    ['table_full', 5],
    ['ended_full', 4],
    ['interrupted', 5],
  ])
})

test('retransmits by type, resets by direction, connections by state', () => {
  const batches = tell({
    retransmits: { ...edges(1, 1), reason: Uint8Array.of(3, 4), segments: numbers(2, 1) },
    resets: { ...edges(1, 2), received: Uint8Array.of(1, 0), resets: numbers(1, 1) },
    active: { ...edges(1, 2), state: Uint8Array.of(1, 8), connections: numbers(7, 9) },
  })
  expect(rowsOf(batches, 'netsonde.tcp.retransmits', 'network.tcp.retransmit.type')).toEqual([
    ['tail_loss_probe', 2],
    ['unknown', 1],
  ])
  expect(rowsOf(batches, 'netsonde.tcp.resets', 'network.io.direction')).toEqual([
    ['receive', 1],
    ['transmit', 1],
  ])
  expect(rowsOf(batches, 'netsonde.tcp.connection.active', 'network.connection.state')).toEqual([
    ['established', 7],
    ['close_wait', 9],
  ])
})
