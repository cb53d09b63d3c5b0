import { expect, test } from 'vitest'
import { metrics } from '../../catalogue/metrics.ts'
import { prometheusBaseName, prometheusName } from './names.ts'

test.each([
  ['netsonde.flow.io', 'By', 'counter', 'netsonde_flow_io_bytes_total'],
  ['netsonde.flow.packets', '{packet}', 'counter', 'netsonde_flow_packets_total'],
  ['netsonde.capture.coverage', '1', 'gauge', 'netsonde_capture_coverage_ratio'],
  ['process.cpu.time', 's', 'counter', 'process_cpu_time_seconds_total'],
  ['process.memory.usage', 'By', 'gauge', 'process_memory_usage_bytes'],
  ['a.ratio', '1', 'gauge', 'a_ratio'], // not twice
  ['a', '1', 'counter', 'a_total'], // a count of things is no ratio
  ['a.total', '{x}', 'counter', 'a_total'],
  ['netsonde.tcp.rtt', 's', 'histogram', 'netsonde_tcp_rtt_seconds'],
  ['a.active', '{x}', 'updowncounter', 'a_active'],
  ['2nd', '{x}', 'gauge', '_2nd'],
  ['a-b..c', '{x}', 'gauge', 'a_b_c'],
] as const)('%s in %s, a %s, is %s', (name, unit, instrument, expected) => {
  expect(prometheusName({ name, unit, instrument })).toBe(expected)
})

test('a unit without a known suffix is an error, not a name without a unit', () => {
  expect(() => prometheusBaseName({ name: 'a', unit: 'kBy', instrument: 'gauge' })).toThrow('kBy')
})

test('the catalogue has no two metrics of one name, and all are valid', () => {
  const names = metrics.map(prometheusName)

  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
})
