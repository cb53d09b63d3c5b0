import { expect, test } from 'vitest'
import type { Generation } from '../../native/generation.ts'
import type { TcpEdges, TcpInterval } from '../../native/tcp.ts'
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

async function attempts(transit: Transit, at: number, seen: readonly Seen[], told: readonly TcpInterval[]) {
  transit.passing.turn(at * 1000)
  for (const each of told) transit.passing.claim(each)
  return (await transit.batches(generation(at, seen)))
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
])('%s', async (_, seen, told, sides) =>
  expect(await attempts(new Transit(), 5, [seen], told)).toEqual(sides),
)

const timed: Seen = { roundTripUs: [70_000, 30_000] }

/** Round-trip times that are told: from which port, how long, and what told the client. */
async function roundTrips(seen: Seen, told: readonly TcpInterval[] = []) {
  const transit = new Transit()
  for (const each of told) transit.passing.claim(each)
  return (await transit.batches(generation(5, [seen]))).flatMap((batch) =>
    Array.from(batch, (point) => [
      point.source.port,
      point.value('netsonde.tcp.rtt'),
      point.attribute('netsonde.flow.direction.evidence'),
    ]).filter(([, rtt]) => !Number.isNaN(rtt) && rtt !== undefined),
  )
}

test.each<[string, Seen, TcpInterval[], unknown[]]>([
  ['of a handshake', success, [], [[1000, expect.closeTo(0.2), 'syn']]],
  [
    'timestamps tell it, and the handshake not once more',
    { ...success, roundTripUs: [100_000, 50_000], evidence: 1 },
    [],
    [[1000, 0.15, 'syn']],
  ],
  ['the client is the higher end', { ...timed, client: 2, evidence: 2 }, [], [[80, 0.1, 'listener']]],
  ['nobody knows who called', timed, [], [[1000, 0.1, 'none']]],
  ['half of it is unknown', { roundTripUs: [0, 30_000] }, [], []],
  ['an end is this host', { ...timed, local: 1 }, [], []],
  ["NAT's other name for it", { ...timed, translated: 1 }, [], []],
  ['a socket told of the connection, whatever it was', timed, [socket(CLIENT, 0)], []],
  ['a socket told of it, whose client is the other end', { ...timed, client: 2 }, [socket(SERVER, 0)], []],
])('round-trip time: %s', async (_, seen, told, expected) =>
  expect(await roundTrips(seen, told)).toEqual(expected),
)

test('a socket told it in the interval before: the kernel closed its generation a little earlier', async () => {
  const transit = new Transit()
  await attempts(transit, 5, [], [socket(CLIENT, 1)])
  expect(await attempts(transit, 10, [success], [])).toEqual([])
})

test('a socket that failed is remembered until packets show that nobody answers', async () => {
  const transit = new Transit()
  await attempts(transit, 5, [{ syn: 1 }], [socket(CLIENT, 2)])
  for (const at of [7, 9, 11]) expect(await attempts(transit, at, [], [])).toEqual([])
})

test('a packet that did not arrive: its sender is the source', async () => {
  const [batch] = await new Transit().batches(
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

test('the newest of each half, unless nothing is new; other connections do not matter', async () => {
  const transit = new Transit()
  const told = async (...seen: Seen[]) =>
    (await transit.batches(generation(5, seen)))
      .flatMap((batch) => Array.from(batch, (point) => point.value('netsonde.tcp.rtt') ?? Number.NaN))
      .filter((rtt) => !Number.isNaN(rtt))
  const other: Seen = { ports: [1001, 80], roundTripUs: [1000, 1000] }
  expect(await told({ roundTripUs: [20_000, 0] }, other)).toEqual([0.002])
  expect(await told({ roundTripUs: [0, 6000] }, other)).toEqual([0.026])
  expect(await told({ roundTripUs: [0, 7000] })).toEqual([0.027])
  expect(await told({ roundTripUs: [20_000, 7000] })).toEqual([]) // as it was
  expect(await told({ roundTripUs: [0, 0] })).toEqual([])
  expect(await told({ syn: 1, roundTripUs: [0, 7000] })).toEqual([]) // another connection with these ports
  expect(await told({ roundTripUs: [30_000, 0] })).toEqual([0.037])
})
