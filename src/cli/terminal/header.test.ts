import { expect, test } from 'vitest'
import { renderHeader } from './header.ts'

const header = {
  version: '0.1.0',
  kernel: '6.18.44',
  config: ['config/quickstart.yaml'],
  interfaces: [
    { name: 'lo', kind: 'loopback', attach: null, reason: 'exclude: lo' },
    { name: 'vethb10', kind: 'veth', attach: 'tc' },
    { name: 'vethb9', kind: 'veth', attach: 'tcx' },
    { name: 'br0', kind: 'bridge', attach: null },
  ],
  listening: [
    { what: 'health', url: 'http://localhost:13133' },
    { what: 'metrics', url: 'http://localhost:9464/metrics' },
  ],
}

test('what is watched comes first, in the order of its numbers', () =>
  expect(renderHeader(header, 110)).toEqual([
    'netsonde 0.1.0   kernel 6.18.44   config config/quickstart.yaml',
    '  vethb9  veth  tcx                vethb10  veth  tc                br0  not watched',
    '  lo  not watched (exclude: lo)',
    '  /metrics http://localhost:9464/metrics    health http://localhost:13133    Ctrl-C ends',
    '',
  ]))

test('hundreds of interfaces take four lines', () => {
  const interfaces = Array.from({ length: 300 }, (_, i) => ({
    name: `veth${i}`,
    kind: 'veth',
    attach: 'tcx',
  }))
  const lines = renderHeader({ ...header, interfaces }, 80)
  expect(lines).toHaveLength(7)
  expect(lines[4]).toMatch(/and 289 more$/)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('nothing is wider than the window', () => {
  const lines = renderHeader(header, 30)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30)
})
