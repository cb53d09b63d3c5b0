import { expect, test } from 'vitest'
import { EGRESS, type Flow, generation, INGRESS, SLOTS } from '../../../test/rig/generation.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import { captureBatch } from './capture-batch.ts'
import { flowBatch } from './flow-batch.ts'
import { Places } from './places.ts'
import { Paths } from './slots.ts'
import { Tunnels } from './tunnels.ts'

const names = { value: (ifindex: number) => `if${ifindex}` }

function rowsOf(flows: Flow[]) {
  const { batch, accounted, repeated } = flowBatch(
    generation(flows),
    new Paths(SLOTS),
    new Addresses(),
    names,
  )
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
  const { batch } = flowBatch(flows, new Paths(SLOTS), new Addresses(), names)
  expect(Array.from(batch, (point) => point.attribute('network.transport'))).toEqual([name])
})

test('a protocol without ports has no port attribute', () => {
  const flows = generation([
    { protocol: 1, lower: ['10.0.0.1', 0], higher: ['10.0.0.2', 0], seen: [[3, 0, 0, 1, 60]] },
  ])
  const { batch } = flowBatch(flows, new Paths(SLOTS), new Addresses(), names)
  expect(Array.from(batch, (point) => point.source.port)).toEqual([undefined])
})

test('every packet that was seen has one outcome, and coverage is a share of those that were due', () => {
  const seen = { packets: 109, bytes: 10_900 }
  const unparsed = {
    not_ip: { packets: 10, bytes: 420 },
    truncated: { packets: 5, bytes: 50 },
    malformed: { packets: 5, bytes: 300 },
  }
  const full = { ifindex: 3, direction: 'ingress', protocol: 6, family: 4, packets: 15, bytes: 1500 } as const
  const batch = captureBatch(
    generation([], {
      seen,
      unparsed,
      filtered: { packets: 9, bytes: 900 },
      overflow: [full],
      overflowUnlisted: { packets: 5, bytes: 500 },
    }),
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
    ['filtered', undefined, 9, 900],
    ['unparsed', 'not_ip', 10, 420],
    ['unparsed', 'truncated', 5, 50],
    ['unparsed', 'malformed', 5, 300],
  ])
  const [first] = batch
  expect(first?.value('netsonde.capture.seen.packets')).toBe(109)
  expect(first?.value('netsonde.capture.seen.io')).toBe(10_900)
  expect(first?.value('netsonde.capture.coverage')).toBe(40 / (100 - 20 - 10))
})

test('without traffic there is no coverage: nothing was there to take a share of', () => {
  const [first] = captureBatch(generation([]), { packets: 0, bytes: 0 }, { packets: 0, bytes: 0 })
  expect(first?.value('netsonde.capture.coverage')).toBeNaN()
})

test('rows that are one connection (NAT) are counted together, with what the client called beside it', () => {
  const made = generation([
    { client: 1, first: true, seen: [[7, INGRESS, 0, 10, 1000]] },
    // As it was held back in the generation before.
    { client: 1, seen: [[7, INGRESS, 0, 1, 100]] },
    { client: 1, seen: [[2, EGRESS, 0, 11, 1100]] },
    { seen: [[2, INGRESS, 0, 5, 500]] },
  ])
  made.flows.next.set([2, -1, 1, -1])
  made.flows.joined.set([0, 1, 1, 0])
  made.flows.service.set([0, -1, -1, -1])
  const { batch, accounted, repeated } = flowBatch(
    {
      ...made,
      flows: {
        ...made.flows,
        serviceAddresses: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 96, 0, 1),
        servicePorts: Uint16Array.of(443),
      },
    },
    new Paths(SLOTS),
    new Addresses(),
    names,
  )
  const rows = Array.from(batch, (point) => [
    point.value('netsonde.flow.packets'),
    point.attribute('netsonde.service.address'),
    point.attribute('netsonde.service.port'),
    point.value('netsonde.flow.count'),
  ])
  expect(rows).toEqual([
    [11, '10.96.0.1', 443, 1],
    [5, undefined, undefined, NaN],
  ])
  expect([accounted.packets, repeated.packets]).toEqual([16, 11])
})

test('a tunnel’s outside is no connection', () => {
  const tunnels = new Tunnels()
  const vxlan = { index: 5, name: 'vx0', kind: 'vxlan', type: 1, master: 0, link: 2, tunnelPort: 4789 }
  tunnels.update([vxlan], () => true)
  const seen: Flow['seen'] = [[2, EGRESS, 0, 10, 1500]]
  const outside: Flow = { protocol: 17, higher: ['10.0.0.2', 4789], first: true, local: 0b0101, seen }
  const paths = new Paths(SLOTS, new Places(), tunnels)
  const { batch, repeated } = flowBatch(generation([outside]), paths, new Addresses(), names)
  expect([batch.length, repeated.packets]).toEqual([0, 10])
})
