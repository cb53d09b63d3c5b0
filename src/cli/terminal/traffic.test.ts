import { expect, test } from 'vitest'
import { capture, flows, interval } from './testdata/interval.ts'

/** `from > to transport out back packets (connections)`, as the table would show. */
function seen(...rows: string[]): string[] {
  const { top } = interval(flows(...rows)).heaviest(100)
  return top.map(
    ({ from, known, to, transport, out, back, packets, connections }) =>
      `${from} ${known ? '>' : '-'} ${to} ${transport} ${out} ${back} ${packets} (${connections})`,
  )
}

test.each([
  [
    'one way',
    ['1.1.1.1:5000 -> 2.2.2.2:80 tcp forward 100 1'],
    ['1.1.1.1:5000 > 2.2.2.2:80 tcp 100 0 1 (1)'],
  ],
  [
    'both ways are one line, the client left',
    ['2.2.2.2:80 -> 1.1.1.1:5000 tcp reverse 900 9', '1.1.1.1:5000 -> 2.2.2.2:80 tcp forward 100 1'],
    ['1.1.1.1:5000 > 2.2.2.2:80 tcp 100 900 10 (1)'],
  ],
  [
    'also if only the answer moved',
    ['2.2.2.2:80 -> 1.1.1.1:5000 tcp reverse 900 9'],
    ['1.1.1.1:5000 > 2.2.2.2:80 tcp 0 900 9 (1)'],
  ],
  [
    'a client below its server',
    ['1.1.1.1:80 -> 2.2.2.2:8080 tcp forward 7 1'],
    ['1.1.1.1:80 > 2.2.2.2:8080 tcp 7 0 1 (1)'],
  ],
  [
    'ports of one client to one server are one line',
    [
      '1.1.1.1:5000 -> 2.2.2.2:53 udp forward 1 1',
      '1.1.1.1:5001 -> 2.2.2.2:53 udp forward 2 1',
      '2.2.2.2:53 -> 1.1.1.1:5001 udp reverse 20 1',
    ],
    ['1.1.1.1 (2 ports) > 2.2.2.2:53 udp 3 20 3 (2)'],
  ],
  [
    'not if transport, server or client differ',
    [
      '1.1.1.1:5000 -> 2.2.2.2:53 udp forward 5 1',
      '1.1.1.1:5001 -> 2.2.2.2:53 tcp forward 4 1',
      '1.1.1.1:5002 -> 2.2.2.2:54 udp forward 3 1',
      '1.1.1.1:5003 -> 2.2.2.3:53 udp forward 2 1',
      '1.1.1.2:5000 -> 2.2.2.2:53 udp forward 1 1',
    ],
    [
      '1.1.1.1:5000 > 2.2.2.2:53 udp 5 0 1 (1)',
      '1.1.1.1:5001 > 2.2.2.2:53 tcp 4 0 1 (1)',
      '1.1.1.1:5002 > 2.2.2.2:54 udp 3 0 1 (1)',
      '1.1.1.1:5003 > 2.2.2.3:53 udp 2 0 1 (1)',
      '1.1.1.2:5000 > 2.2.2.2:53 udp 1 0 1 (1)',
    ],
  ],
  [
    'nor where no one is known to have asked',
    ['1.1.1.1:5000 -> 2.2.2.2:53 udp unknown 2 1', '1.1.1.1:5001 -> 2.2.2.2:53 udp unknown 1 1'],
    ['1.1.1.1:5000 - 2.2.2.2:53 udp 2 0 1 (1)', '1.1.1.1:5001 - 2.2.2.2:53 udp 1 0 1 (1)'],
  ],
  [
    'without evidence the order does not depend on who sent first',
    ['2.2.2.2:53 -> 1.1.1.1:5000 udp unknown 1 1', '1.1.1.1:5000 -> 2.2.2.2:53 udp unknown 2 1'],
    ['1.1.1.1:5000 - 2.2.2.2:53 udp 2 1 2 (1)'],
  ],
  [
    'IPv6 ports follow brackets',
    ['[fd00::1]:1 -> [fd00::2]:2 tcp forward 1 1'],
    ['[fd00::1]:1 > [fd00::2]:2 tcp 1 0 1 (1)'],
  ],
  [
    'without ports there is none',
    ['fd00::2 -> fd00::1 icmp unknown 1 1'],
    ['fd00::1 - fd00::2 icmp 0 1 1 (1)'],
  ],
  [
    'nothing is not added',
    ['1.1.1.1:1 -> 2.2.2.2:2 tcp forward NaN NaN'],
    ['1.1.1.1:1 > 2.2.2.2:2 tcp 0 0 0 (1)'],
  ],
  ['to itself', ['1.1.1.1:1 -> 1.1.1.1:1 tcp forward 5 1'], ['1.1.1.1:1 > 1.1.1.1:1 tcp 5 0 1 (1)']],
])('%s', (_, rows, expected) => expect(seen(...rows)).toEqual(expected))

test('rows of one connection meet across batches with dictionaries of their own', () => {
  const { top } = interval(
    flows('9.9.9.9:1 -> 8.8.8.8:2 tcp forward 1 1', '1.1.1.1:5000 -> 2.2.2.2:80 tcp forward 100 1'),
    flows('2.2.2.2:80 -> 1.1.1.1:5000 tcp reverse 900 9'),
  ).heaviest(1)
  expect(top).toMatchObject([{ from: '1.1.1.1:5000', out: 100, back: 900, connections: 1 }])
})

test('what is shown and what is not are the total', () => {
  const rows = Array.from(
    { length: 50 },
    (_, i) => `1.1.1.${i}:5000 -> 2.2.2.2:80 tcp forward ${i * 10} ${i}`,
  )
  const { top, rest, total } = interval(flows(...rows)).heaviest(3)
  expect(top.map(({ out }) => out)).toEqual([490, 480, 470])
  expect(rest).toEqual({ connections: 47, out: 12_250 - 1440, back: 0, packets: 1225 - 144 })
  expect(total).toEqual({ connections: 50, out: 12_250, back: 0, packets: 1225 })
})

test('what became of the packets is added up over batches', () => {
  const outcomes = {
    accounted: 90,
    overflow: 2,
    'unparsed not_ip': 5,
    'unparsed truncated': 1,
    'unparsed malformed': 2,
  }
  expect(interval(...capture(100, 0.9, outcomes), ...capture(10, 0.95, { overflow: 1 })).capture).toEqual({
    seen: 110,
    coverage: 0.95,
    overflow: 3,
    notIp: 5,
    broken: 3,
  })
})
