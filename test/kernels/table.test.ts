import { expect, test } from 'vitest'
import type { Report } from './report.ts'
import { pageOf, rowOf, rowsIn } from './table.ts'

const good: Report = {
  release: '5.10.0-46-cloud-amd64',
  attached: { how: 'tc', reason: 'TCX needs 6.6' },
  outcomes: [
    { topic: 'starts', title: 'starts' },
    { topic: 'packets', title: 'table' },
    { topic: 'wire', title: 'near' },
    { topic: 'links', title: 'over vlan' },
    { topic: 'left', title: 'SIGTERM' },
    { topic: 'killed', title: 'kill' },
    { topic: 'tcp_cases', title: 'truth' },
    { topic: 'tcp_health', title: 'rtt' },
    { topic: 'tcp_programs', title: 'refused' },
  ],
}

test('a kernel on which all went well', () => {
  expect(rowOf('5.10', good)).toEqual([
    '5.10 (5.10.0-46-cloud-amd64)',
    'clsact',
    'all rows',
    "the wire's",
    "the wire's",
    'nothing left',
    'nothing stays',
    'all rows',
    "ss's, nstat's",
    'all, or all but one',
    'TCX needs 6.6',
  ])
})

test('what failed is named, and what was not looked at is not good', () => {
  const outcomes = [
    { topic: 'wire', title: 'near', error: '1 is not 2' },
    { topic: 'wire', title: 'far' },
  ] as const
  expect(rowOf('7.2', { release: '7.2.1', outcomes })).toEqual([
    '7.2 (7.2.1)',
    '**not tried**',
    '**not tried**',
    '**fails**: near',
    ...Array(6).fill('**not tried**'),
    '',
  ])
})

test('a guest without a report did not run', () => {
  expect(rowOf('6.1', undefined).slice(0, 2)).toEqual(['6.1', '**did not run**'])
})

test('a run of some kernels leaves the rows of the others', () => {
  const reason = 'one | other'
  const rows = new Map([
    ['5.10', rowOf('5.10', { ...good, attached: { how: 'tc', reason } })],
    ['6.1', rowOf('6.1', good)],
  ])
  const order = ['5.10', '6.1', '7.2']
  expect(rowsIn(pageOf(rows, order))).toEqual(rows)
})

test('a run of a part leaves what it did not try, unless the kernel is another one', () => {
  const before = rowOf('5.10', good)
  const part = {
    release: good.release,
    outcomes: [{ topic: 'packets', title: 'table', error: 'differs' }],
  } as const
  expect(rowOf('5.10', part, before)).toEqual(before.with(2, '**fails**: table'))
  expect(rowOf('5.10', { ...part, release: '5.10.0-47' }, before)[1]).toBe('**not tried**')
})
