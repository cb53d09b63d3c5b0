import { describe, expect, test } from 'vitest'
import { renderTable } from './table.ts'
import { capture, flows, interval } from './testdata/interval.ts'

const busy = interval(
  flows(
    '10.0.1.7:49152 -> 10.0.2.9:5432 tcp forward 6000000 100000',
    '10.0.2.9:5432 -> 10.0.1.7:49152 tcp reverse 440000000 206020',
    ...Array.from({ length: 214 }, (_, i) => `10.0.1.9:${30_000 + i} -> 10.0.0.2:53 udp forward 229 10`),
    '[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1]:49160 -> [2001:db8:aaaa:bbbb:cccc:dddd:eeee:2]:443 tcp unknown 60000 900',
    'fe80::1 -> ff02::16 icmp unknown 90 1',
    '10.0.1.7 -> 10.0.1.8 47 unknown 800 4',
  ),
  ...capture(310_000, 0.99995, { accounted: 309_000, overflow: 16, 'unparsed not_ip': 31 }),
)

test.each([
  ['wide', 140, 20],
  ['usual', 80, 24],
  ['low', 100, 7],
  ['narrow', 60, 20],
])('%s: %d columns, %d lines', async (name, columns, rows) => {
  const lines = renderTable(busy, columns, rows)
  expect(lines.length).toBeLessThanOrEqual(rows)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`testdata/table-${name}.txt`)
})

describe('the columns add up', () => {
  const rows = Array.from(
    { length: 30 },
    (_, i) => `1.1.1.${i}:5000 -> 2.2.2.2:80 tcp forward 5000 ${5 * (i + 1)}`,
  )
  test.each([5, 6, 10, 33, 34, 40])('in %d lines', (height) => {
    const lines = renderTable(interval(flows(...rows)), 100, height)
    const rates = lines.slice(3).map((line) => Number(line.split(/\s+/).at(-1)))
    expect(rates.reduce((sum, rate) => sum + rate, 0)).toBe(465)
    expect(lines[0]).toContain('30 connections    240 kbit/s    465 packets/s')
  })
})

test.each([
  [5000, '  no packet in the last 5 s'],
  [500, '  no packet in the last 0.5 s'],
])('an idle interval of %d ms', (length, line) => {
  const idle = interval()
  expect(renderTable(Object.assign(idle, { endMs: length }), 80, 10)).toEqual([line])
})

test('packets without any connection are no silence', () => {
  const lines = renderTable(interval(...capture(50, 0, { 'unparsed not_ip': 50 })), 80, 10)
  expect(lines).toEqual(['  coverage 0.00 %    0 connections    0 bit/s    0 packets/s    not IP 100.00 %'])
})

test.each([1, 2, 3, 4])('of %d lines the summary is one', (rows) =>
  expect(renderTable(busy, 80, rows)[0]).toMatch(/^ {2}coverage 99\.99 %/),
)
