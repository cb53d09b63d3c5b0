import { expect, test } from 'vitest'
import { batchOf } from '../../../test/rig/batch.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import { createCardinalityLimit } from '../../processors/cardinality_limit/processor.ts'
import type { DebugConfig } from './config.ts'
import { createDebug } from './exporter.ts'

/** What is logged of the second of two intervals: udp came in both, tcp in the first only. */
async function logged(verbosity: DebugConfig['verbosity']) {
  const settings = settingsOf('debug')
  const exporter = createDebug({ verbosity }, settings)
  const processor = createCardinalityLimit(
    { default_limit: 2000, max_stale: 600_000, max_unacknowledged: 3_600_000, metrics: {} },
    settingsOf('cardinality_limit'),
    exporter,
  )
  const interval = (startMs: number, ...transports: string[]) =>
    batchOf({
      startMs,
      columns: { 'network.transport': transports, 'network.type': transports.map(() => 'ipv4') },
      values: {
        'netsonde.flow.io': transports.map(() => 100),
        'netsonde.flow.count': transports.map(() => Number.NaN),
      },
    })
  await processor.consume(interval(0, 'tcp', 'udp'))
  settings.logged.length = 0
  await processor.consume(interval(5000, 'udp', 'udp'))
  return settings.logged.map(({ level, message, fields }) => [level, message, fields])
}

test('basic: a line for each batch, with counts', async () => {
  expect(await logged('basic')).toEqual([['info', 'batch', { rows: 2, metrics: 2, series: 1 }]])
})

const udp = 'netsonde.flow.io{network.transport=udp,network.type=ipv4} 300'

test('normal: a line for each series that the batch moved', async () => {
  expect(await logged('normal')).toEqual([['info', udp, {}]])
})

test('detailed: the same line with all that is known', async () => {
  expect(await logged('detailed')).toEqual([
    [
      'info',
      udp,
      {
        unit: 'By',
        instrument: 'counter',
        description: expect.stringContaining('Bytes on the wire'),
        attributes: { 'network.transport': 'udp', 'network.type': 'ipv4' },
        start: '1970-01-01T00:00:00.000Z',
        time: '1970-01-01T00:00:10.000Z',
      },
    ],
  ])
})
