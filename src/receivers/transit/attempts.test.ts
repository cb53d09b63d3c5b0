import { expect, test } from 'vitest'
import { Passing } from '../../native/passing.ts'
import { errors } from '../flows/edges.ts'
import { type Seen, signalsOf } from './testdata/signals.ts'

/** What is told of one connection whose packets passed as said, a generation each. */
const told = async (...generations: [now: number, seen?: Seen][]) => {
  const passing = new Passing(0, 10)
  const rows: unknown[] = []
  for (const [now, seen] of generations) {
    const { attempts } = passing.settle(signalsOf(now, seen ? [seen] : []))
    for (const each of [attempts, (await passing.settleDoubtful()).attempts])
      for (let row = 0; row < each.length; row++)
        rows.push([errors.value(each.error[row] as number) ?? 'success', each.duration[row], each.rtt[row]])
  }
  return rows
}
const nothing = Number.NaN

test.each<[string, [number, Seen?][], unknown[]]>([
  [
    'a whole handshake',
    [[5, { syn: 1, synAck: 1.02, ack: 1.03 }]],
    [['success', expect.closeTo(0.03), expect.closeTo(0.03)]],
  ],
  [
    'a handshake over the turn of a generation',
    [
      [5, { syn: 4.99 }],
      [10, { synAck: 5.01, ack: 5.02 }],
    ],
    [['success', expect.closeTo(0.03), expect.closeTo(0.03)]],
  ],
  [
    'a SYN that was sent again: no round trip, for nobody knows which one was answered',
    [[5, { syn: 1, lastSyn: 2, synAck: 2.02, ack: 2.03 }]],
    [['success', expect.closeTo(1.03), nothing]],
  ],
  [
    'two hooks see each SYN: it was not sent again',
    [[5, { syn: 1, lastSyn: 1.0005, synAck: 1.02, ack: 1.03 }]],
    [['success', expect.closeTo(0.03), expect.closeTo(0.03)]],
  ],
  ['the server resets', [[5, { syn: 1, reset: 1.1, resets: [0, 1] }]], [['refused', nothing, nothing]]],
  [
    'the server resets after its SYN and ACK',
    [[5, { syn: 1, synAck: 1.1, reset: 1.2, resets: [0, 1] }]],
    [['reset', nothing, nothing]],
  ],
  ['the client resets', [[5, { syn: 1, reset: 1.1, resets: [1, 0] }]], [['aborted', nothing, nothing]]],
  ['no host', [[5, { syn: 1, unreachable: 2 }], [10]], [['host_unreachable', nothing, nothing]]],
  [
    'a client that tries again after ICMP',
    [
      [5, { syn: 1, unreachable: 2 }],
      [10, { syn: 5.5, synAck: 5.6, ack: 5.7 }],
    ],
    [['success', expect.closeTo(4.7), nothing]],
  ],
  ['no port, says ICMP', [[5, { syn: 1, unreachable: 3 }], [10]], [['refused', nothing, nothing]]],
  [
    'ICMP is about the other way',
    [[5, { syn: 1, unreachable: 2, unreachableWay: 1 }], [10]],
    [['timeout', nothing, nothing]],
  ],
  [
    'nobody answers, and no SYN comes where the next was due',
    [[5, { syn: 1, lastSyn: 4 }], [11], [13]],
    [['timeout', nothing, nothing]],
  ],
  [
    'a SYN that comes where it was due keeps the attempt open',
    [[5, { syn: 1, lastSyn: 4 }], [10, { syn: 8, lastSyn: 8 }], [19]],
    [],
  ],
  [
    'a SYN and ACK that is never acknowledged',
    [[5, { syn: 1, synAck: 1.1 }], [20]],
    [['aborted', nothing, nothing]],
  ],
  ['the SYN passed before the programs were there', [[5, { synAck: 1, ack: 1.1 }]], []],
])('%s', async (_, generations, expected) => expect(await told(...generations)).toEqual(expected))

test('the client comes first, whichever endpoint is lower', () => {
  const ends = [1, 2].map((client) => {
    const { attempts } = new Passing(0, 10).settle(
      signalsOf(5, [{ syn: 1, ack: 2, client: client as 1 | 2 }]),
    )
    return [[...attempts.ports], new Uint32Array(attempts.addresses.buffer)[3]]
  })
  expect(ends).toEqual([
    [[1000, 80], 1],
    [[80, 1000], 2],
  ])
})

test('this node is the server, whichever endpoint is lower', () => {
  const refused = { syn: 1, reset: 1.1, resets: [1, 1] as const }
  const roles = [
    { client: 1, local: 2 },
    { client: 2, local: 1 },
    { client: 1, local: 1 },
    { client: 2, local: 2 },
  ].map((ends) => [
    ...new Passing(0, 10).settle(signalsOf(5, [{ ...refused, ...ends } as Seen])).attempts.role,
  ])
  expect(roles).toEqual([[2], [2], [], []])
})

test('what finds no room is counted', () => {
  const passing = new Passing(0, 1)
  const { lost } = passing.settle(signalsOf(5, [{ syn: 1 }, { syn: 1, ports: [1001, 80] }]))
  expect([lost, passing.settle(signalsOf(5, [])).lost]).toEqual([1, 0])
})

test('columns that are missing or too short are refused', () => {
  const passing = new Passing(0, 1)
  const whole = signalsOf(5, [{ syn: 1 }])
  for (const name of Object.keys(whole).filter((key) => key !== 'length' && key !== 'now')) {
    expect(() => passing.settle({ ...whole, [name]: undefined })).toThrow(name)
    expect(() => passing.settle({ ...whole, length: 9 })).toThrow('too short')
  }
})
