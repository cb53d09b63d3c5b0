import { expect, test } from 'vitest'
import { batchOf } from '../../../test/rig/batch.ts'
import type { LogLevel } from '../../pipeline/log.ts'
import { capture, flows } from './testdata/interval.ts'
import { Window } from './testdata/window.ts'
import { View } from './view.ts'

/** The records that make the header come from different parts. */
const of = (message: string) =>
  ({ listening: 'extensions::health_check', interface: 'receivers::ebpf' })[message] ?? 'agent'

function open(columns = 90, rows = 14, level: LogLevel = 'info') {
  const window = new Window(columns, rows)
  const waiting: (() => void)[] = []
  const view = new View({ terminal: window, level, soon: (draw) => waiting.push(draw) })
  const say = (message: string, fields = {}, level: LogLevel = 'info', component = of(message)) =>
    view.log({ timeMs: 0, level, component, message, fields })
  const start = () => {
    say('starting', { version: '0.1.0', kernel: '6.18.44', config: ['a.yaml'] })
    say('listening', { what: 'health', url: 'http://localhost:13133' })
    say('interface', { name: 'eth0', kind: 'physical', attach: 'tcx' })
    say('ready')
  }
  const draw = () => {
    for (const each of waiting.splice(0)) each()
  }
  return { window, view, say, start, draw, waiting }
}

const HEADER = [
  'netsonde 0.1.0   kernel 6.18.44   config a.yaml',
  '  eth0  physical  tcx',
  '  health http://localhost:13133    Ctrl-C ends',
  '',
]
const FLOW = '10.0.0.1:5000 -> 10.0.0.2:80 tcp forward 5000 50'

test('first what runs and where, then the traffic', () => {
  const { window, view, start, draw } = open()
  start()
  expect(window.visible.split('\n')).toEqual([...HEADER, '  counting ...'])
  for (const batch of [flows(FLOW), ...capture(50, 1, { accounted: 50 })]) view.tap.consume(batch)
  draw()
  expect(window.visible.split('\n')).toEqual([
    ...HEADER,
    '  coverage 100.00 %    1 connection    8.0 kbit/s    10 packets/s',
    '',
    '  FROM                      TO                     PROTO        OUT       BACK    PKT/S',
    '  10.0.0.1:5000          >  10.0.0.2:80            tcp     1.0 kB/s      0 B/s       10',
  ])
})

test('the batches of an interval are drawn together', () => {
  const { view, start, waiting } = open()
  start()
  for (const batch of [flows(FLOW), ...capture(50, 1, {})]) view.tap.consume(batch)
  expect(waiting).toHaveLength(1)
})

test('the next interval replaces it; one that comes late is not shown', () => {
  const { window, view, start, draw } = open()
  start()
  view.tap.consume(flows(FLOW))
  draw()
  const later = {
    startMs: 5000,
    endMs: 10_000,
    columns: {},
    values: { 'netsonde.capture.seen.packets': [0] },
  }
  view.tap.consume(batchOf(later))
  view.tap.consume(flows(FLOW))
  draw()
  expect(window.visible.split('\n')).toEqual([...HEADER, '  no packet in the last 5 s'])
})

test('warnings stand above the table and stay', () => {
  const { window, view, say, start, draw } = open()
  start()
  view.tap.consume(flows(FLOW))
  draw()
  say('TCX needs kernel 6.6', { kernel: '5.15' }, 'warn', 'receivers::ebpf')
  draw()
  const lines = window.visible.split('\n')
  expect(lines[4]).toBe('00:00:00 warn  receivers::ebpf  TCX needs kernel 6.6  kernel=5.15')
  expect(lines[5]).toMatch(/^ {2}1 connection /)
})

test.each([
  ['info', ['heard', 'louder']],
  ['error', ['louder']],
] as const)('at level %s one reads %j', (level, expected) => {
  const { window, say, start } = open(90, 20, level)
  start()
  say('whispered', {}, 'debug')
  say('heard', {}, 'warn')
  say('louder', {}, 'error')
  expect(window.visible.match(/whispered|heard|louder/g)).toEqual(expected)
})

test('an interface that comes later is news', () => {
  const { window, say, start } = open()
  start()
  say('interface', { name: 'vethb', kind: 'veth', attach: null, reason: 'exclude: veth*' })
  expect(window.visible).toContain('\ninterface vethb  not watched (exclude: veth*)\n')
})

test('in a window of another size all is drawn anew', () => {
  const { window, view, say, start, draw } = open()
  start()
  say('careful', {}, 'warn')
  view.tap.consume(flows(FLOW))
  draw()
  window.columns = 60
  window.rows = 10
  view.resized()
  const lines = window.visible.split('\n')
  expect(lines.slice(0, 4)).toEqual(HEADER)
  expect(lines[4]).toContain('careful')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
})

test('a low window scrolls nothing away', () => {
  const { window, view, start, draw } = open(90, 8)
  start()
  for (let i = 0; i < 5; i++) {
    const rows = Array.from({ length: 20 }, (_, n) => `10.0.0.${n}:5000 -> 10.0.1.1:80 tcp forward ${n}00 1`)
    view.tap.consume(flows(...rows))
    draw()
  }
  expect(window.visible.split('\n')[0]).toBe(HEADER[0])
})

test('after the end nothing is drawn', () => {
  const { window, view, say, start, draw } = open()
  start()
  view.tap.consume(flows(FLOW))
  draw()
  say('stopping')
  view.tap.consume(batchOf({ startMs: 5000, endMs: 5100, values: { 'netsonde.capture.seen.packets': [0] } }))
  draw()
  view.end() // the last whole interval is left
  const last = window.visible
  expect(last).toContain('10.0.0.1:5000')
  draw()
  view.tap.consume(flows(FLOW))
  say('late', {}, 'error')
  view.resized()
  view.end()
  expect(window.visible).toBe(last)
})
