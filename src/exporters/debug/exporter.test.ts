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

const counts = ['info', 'Metrics', { 'resource metrics': 1, metrics: 1, 'data points': 1 }]
const lines = (...messages: string[]) => messages.map((message) => ['info', message, {}])

test('basic: a line for each batch, with counts', async () => {
  expect(await logged('basic')).toEqual([counts])
})

test('normal: a line for each series that the batch moved', async () => {
  expect(await logged('normal')).toEqual([
    counts,
    ...lines(
      'ResourceMetrics #0 service.name=netsonde service.version=0.1.0 host.name=node-a',
      'ScopeMetrics #0 netsonde@0.1.0',
      'netsonde.flow.io{network.transport=udp,network.type=ipv4} 300',
    ),
  ])
})

test('detailed: all that is known of it, a line for each thing', async () => {
  const found = (await logged('detailed')).map(([, message]) => message)

  expect(found.slice(-7)).toEqual(
    [
      'Data point attributes:',
      '     -> network.transport: Str(udp)',
      '     -> network.type: Str(ipv4)',
      'StartTimestamp: 1970-01-01 00:00:00 +0000 UTC',
      'Timestamp: 2023-11-14 22:13:20 +0000 UTC',
      'Value: 300',
    ].toSpliced(0, 0, 'NumberDataPoints #0'),
  )
})
