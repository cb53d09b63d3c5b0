import { expect, test } from 'vitest'
import type { FlowColumns, Generation } from '../../native.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import { captureBatch } from './capture-batch.ts'
import { flowBatch } from './flow-batch.ts'

const SLOTS = 6
const INGRESS = 0
const EGRESS = 1

interface Flow {
  lower?: [string, number]
  higher?: [string, number]
  protocol?: number
  client?: 0 | 1 | 2
  first?: boolean
  /** ifindex, direction, way, packets, bytes */
  seen: [number, number, 0 | 1, number, number][]
}

function generation(flows: Flow[], capture: Partial<Generation['capture']> = {}): Generation {
  const none = { packets: 0, bytes: 0 }
  const columns: FlowColumns = {
    length: flows.length,
    addresses: new Uint8Array(flows.length * 32),
    ports: new Uint16Array(flows.length * 2),
    family: new Uint8Array(flows.length).fill(4),
    protocol: Uint8Array.from(flows, ({ protocol = 6 }) => protocol),
    laterFragment: new Uint8Array(flows.length),
    client: Uint8Array.from(flows, ({ client = 0 }) => client),
    evidence: Uint8Array.from(flows, ({ client = 0 }) => (client ? 1 : 0)),
    first: Uint8Array.from(flows, ({ first }) => (first ? 1 : 0)),
    firstSeenMs: new Float64Array(flows.length),
    hooks: new Uint32Array(flows.length * SLOTS),
    packets: new Uint32Array(flows.length * SLOTS),
    bytes: new Float64Array(flows.length * SLOTS),
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
      overflowUnlisted: none,
      ...capture,
    },
  }
}

const names = { value: (ifindex: number) => `if${ifindex}` }

function rowsOf(flows: Flow[]) {
  const { batch, accounted, repeated } = flowBatch(generation(flows), SLOTS, new Addresses(), names)
  const rows = Array.from(batch, (point) => ({
    from: `${point.source.address}:${point.source.port}`,
    to: `${point.destination.address}:${point.destination.port}`,
    direction: point.attribute('netsonde.flow.direction'),
    at: point.attribute('network.interface.name'),
    packets: point.value('netsonde.flow.packets'),
    bytes: point.value('netsonde.flow.io'),
    count: point.value('netsonde.flow.count'),
  }))
  return { rows, accounted: { ...accounted }, repeated: { ...repeated } }
}

test('both ways of a connection are a row each, with the sender as source', () => {
  const { rows, accounted } = rowsOf([
    {
      client: 1,
      first: true,
      seen: [
        [3, INGRESS, 0, 10, 1000],
        [3, EGRESS, 1, 20, 30000],
      ],
    },
  ])
  expect(rows).toEqual([
    {
      from: '10.0.0.1:1000',
      to: '10.0.0.2:80',
      direction: 'forward',
      at: 'if3',
      packets: 10,
      bytes: 1000,
      count: 1,
    },
    {
      from: '10.0.0.2:80',
      to: '10.0.0.1:1000',
      direction: 'reverse',
      at: 'if3',
      packets: 20,
      bytes: 30000,
      count: NaN,
    },
  ])
  expect(accounted).toEqual({ packets: 30, bytes: 31000 })
})

test.each([
  [
    'where it comes in',
    [
      [3, INGRESS, 0, 10, 1000],
      [4, EGRESS, 0, 10, 1000],
    ],
    'if3',
    10,
  ],
  [
    'there too if a packet is under way at the end',
    [
      [3, INGRESS, 0, 10, 1000],
      [4, EGRESS, 0, 9, 900],
    ],
    'if3',
    10,
  ],
  [
    'there too if one was at the start',
    [
      [4, EGRESS, 0, 10, 1000],
      [3, INGRESS, 0, 9, 900],
    ],
    'if3',
    9,
  ],
  [
    'but where most was seen, if that is more than can be under way',
    [
      [3, INGRESS, 0, 87, 1000],
      [4, EGRESS, 0, 600, 9000],
    ],
    'if4',
    600,
  ],
  [
    'where most was seen, if it comes in by turns',
    [
      [3, INGRESS, 0, 5, 500],
      [4, INGRESS, 0, 5, 500],
      [5, EGRESS, 0, 10, 1000],
    ],
    'if5',
    10,
  ],
  [
    'where it leaves, if it comes from here',
    [
      [3, EGRESS, 0, 10, 1000],
      [4, EGRESS, 0, 9, 900],
    ],
    'if3',
    10,
  ],
] as [string, Flow['seen'], string, number][])(
  'a packet that crosses interfaces is counted %s',
  (_, seen, at, packets) => {
    const { rows, accounted, repeated } = rowsOf([{ seen }])
    expect(rows.map((row) => [row.at, row.packets])).toEqual([[at, packets]])
    const all = seen.reduce((total, [, , , each]) => total + each, 0)
    expect([accounted.packets, repeated.packets]).toEqual([packets, all - packets])
  },
)

test.each([
  [0, ['unknown', 'unknown']],
  [1, ['forward', 'reverse']],
  [2, ['reverse', 'forward']],
] as const)('client %i: the ways read %j', (client, directions) => {
  const { rows } = rowsOf([
    {
      client,
      seen: [
        [3, INGRESS, 0, 1, 60],
        [3, EGRESS, 1, 1, 60],
      ],
    },
  ])
  expect(rows.map(({ direction }) => direction)).toEqual(directions)
})

test.each([
  [
    'from the client, where it is known',
    {
      client: 2,
      seen: [
        [3, 0, 0, 1, 60],
        [3, 1, 1, 1, 60],
      ],
    },
    [NaN, 1],
  ],
  ['from the client, even if it was silent', { client: 2, seen: [[3, 0, 0, 1, 60]] }, [NaN, 1]],
  ['from the end that sent, where none is known', { client: 0, seen: [[3, 0, 1, 1, 60]] }, [1]],
] as [string, Flow, number[]][])('a new connection counts once: %s', (_, flow, counts) => {
  expect(rowsOf([{ ...flow, first: true }]).rows.map(({ count }) => count)).toEqual(counts)
})

test('a connection of an earlier generation is not counted again', () => {
  expect(rowsOf([{ seen: [[3, 0, 0, 1, 60]] }]).rows.map(({ count }) => count)).toEqual([NaN])
})

test.each([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
  [1, 'icmp'],
  [58, 'icmp'],
  [47, '47'],
])('protocol %i is %s', (protocol, name) => {
  const flows = generation([{ protocol, seen: [[3, 0, 0, 1, 60]] }])
  const { batch } = flowBatch(flows, SLOTS, new Addresses(), names)
  expect(Array.from(batch, (point) => point.attribute('network.transport'))).toEqual([name])
})

test('a protocol without ports has no port attribute', () => {
  const flows = generation([
    { protocol: 1, lower: ['10.0.0.1', 0], higher: ['10.0.0.2', 0], seen: [[3, 0, 0, 1, 60]] },
  ])
  const { batch } = flowBatch(flows, SLOTS, new Addresses(), names)
  expect(Array.from(batch, (point) => point.source.port)).toEqual([undefined])
})

test('every packet that was seen has one outcome, and coverage is a share of those that were due', () => {
  const seen = { packets: 100, bytes: 10_000 }
  const unparsed = {
    not_ip: { packets: 10, bytes: 420 },
    truncated: { packets: 5, bytes: 50 },
    malformed: { packets: 5, bytes: 300 },
  }
  const full = { ifindex: 3, direction: 'ingress', protocol: 6, family: 4, packets: 15, bytes: 1500 } as const
  const batch = captureBatch(
    generation([], { seen, unparsed, overflow: [full], overflowUnlisted: { packets: 5, bytes: 500 } }),
    { packets: 40, bytes: 4000 },
    { packets: 20, bytes: 3230 },
  )
  const rows = Array.from(batch, (point) => [
    point.attribute('outcome'),
    point.attribute('reason'),
    point.value('netsonde.capture.packets'),
    point.value('netsonde.capture.io'),
  ])
  expect(rows).toEqual([
    [undefined, undefined, NaN, NaN],
    ['accounted', undefined, 40, 4000],
    ['overflow', undefined, 20, 2000],
    ['repeated', undefined, 20, 3230],
    ['filtered', undefined, 0, 0],
    ['unparsed', 'not_ip', 10, 420],
    ['unparsed', 'truncated', 5, 50],
    ['unparsed', 'malformed', 5, 300],
  ])
  const [first] = batch
  expect(first?.value('netsonde.capture.seen.packets')).toBe(100)
  expect(first?.value('netsonde.capture.seen.io')).toBe(10_000)
  expect(first?.value('netsonde.capture.coverage')).toBe(40 / (100 - 20 - 10))
})

test('without traffic there is no coverage: nothing was there to take a share of', () => {
  const [first] = captureBatch(generation([]), { packets: 0, bytes: 0 }, { packets: 0, bytes: 0 })
  expect(first?.value('netsonde.capture.coverage')).toBeNaN()
})
