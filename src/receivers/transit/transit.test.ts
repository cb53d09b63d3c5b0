import { expect, test } from 'vitest'
import type { Generation, TcpEdges, TcpInterval } from '../../native.ts'
import { type Seen, signalsOf } from './testdata/signals.ts'
import { Transit } from './transit.ts'

const generation = (now: number, seen: readonly Seen[]): Generation =>
  ({ signals: signalsOf(now, seen), startMs: 0, endMs: now * 1000 }) as unknown as Generation

/** The end of a socket with this role told of the connection from port 1000 of 1 to port 80 of 2. */
function socket(role: number, outcome: number): TcpInterval {
  const edges = {
    length: 1,
    addresses: signalsOf(0, [{}]).addresses,
    ports: Uint16Array.of(1000, 80),
    role: Uint8Array.of(role),
  } as unknown as TcpEdges
  return {
    connections: { ...edges, outcome: Uint8Array.of(outcome) },
    resets: { ...edges, length: 0 },
  } as unknown as TcpInterval
}

const CLIENT = 1
const SERVER = 2
const success: Seen = { syn: 1, synAck: 1.1, ack: 1.2 }
const refused: Seen = { syn: 1, reset: 1.1, resets: [0, 1] }

function attempts(transit: Transit, at: number, seen: readonly Seen[], told: readonly TcpInterval[]) {
  transit.passing.turn(at * 1000)
  for (const each of told) transit.passing.claim(each)
  return transit
    .batches(generation(at, seen))
    .filter((batch) => batch.values.has('netsonde.tcp.connection.attempts'))
    .flatMap((batch) => Array.from(batch, (point) => point.attribute('netsonde.observer.side')))
}

test.each<[string, Seen, TcpInterval[], string[]]>([
  ['nobody else tells of it: it passed through', success, [], ['transit']],
  ["the client's socket has told it", success, [socket(CLIENT, 1)], []],
  ["the server's socket has told it", success, [socket(SERVER, 1)], []],
  ['a socket whose role nobody knows has told it', success, [socket(0, 1)], []],
  ['a socket that tells of no attempt says nothing', success, [socket(CLIENT, 0)], ['transit']],
  ["NAT's other name for it", { ...success, translated: 1 }, [], []],
  ['refused on the way', refused, [], ['transit']],
  ['refused, and the client has told it', refused, [socket(CLIENT, 2)], []],
  ['refused by this host, which has no socket to tell it', { ...refused, local: 2 }, [], ['destination']],
  [
    "refused by this host: the client's side is another observation",
    { ...refused, local: 2 },
    [socket(CLIENT, 2)],
    ['destination'],
  ],
  ['refused by this host after a socket told it', { ...refused, local: 2 }, [socket(SERVER, 2)], []],
  ["this host's own attempt, which its socket tells", { ...refused, local: 1 }, [], []],
])('%s', (_, seen, told, sides) => expect(attempts(new Transit(), 5, [seen], told)).toEqual(sides))

test('a socket told it in the interval before: the kernel closed its generation a little earlier', () => {
  const transit = new Transit()
  attempts(transit, 5, [], [socket(CLIENT, 1)])
  expect(attempts(transit, 10, [success], [])).toEqual([])
})

test('a socket that failed is remembered until packets show that nobody answers', () => {
  const transit = new Transit()
  attempts(transit, 5, [{ syn: 1 }], [socket(CLIENT, 2)])
  for (const at of [7, 9, 11]) expect(attempts(transit, at, [], [])).toEqual([])
})

test('a packet that did not arrive: its sender is the source', () => {
  const [batch] = new Transit().batches(
    generation(5, [{ protocol: 17, unreachable: 3, unreachableWay: 1, ports: [1000, 53] }]),
  )
  const rows = Array.from(batch ?? [], (point) => [
    point.source.port,
    point.destination.port,
    point.attribute('network.transport'),
    point.attribute('error.type'),
    point.value('netsonde.flow.unreachable'),
  ])
  expect(rows).toEqual([[53, 1000, 'udp', 'port_unreachable', 1]])
})
