import { expect, test } from 'vitest'
import { settingsOf } from '../../../test/rig/settings.ts'
import { createAgent } from '../../agent.ts'
import type { LogRecord } from '../../pipeline/log.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import { createPcap } from './receiver.ts'

const config = (path: string) => ({ path, decapsulate: false, max_flows: 100 })

test('an agent that reads a capture ends when it is read, and all of it has been handed on', async () => {
  const logged: LogRecord[] = []
  await using agent = await createAgent(
    {
      receivers: { pcap: { path: 'test/captures/dhcp.pcap' } },
      exporters: { debug: { verbosity: 'normal' } },
      service: { pipelines: { metrics: { receivers: ['pcap'], exporters: ['debug'] } } },
    },
    { log: (record) => logged.push(record) },
  )
  await agent.done
  const lines = logged
    .filter(({ component }) => component === 'exporters::debug')
    .map(({ message }) => message)
  expect(lines.filter((line) => line.startsWith('netsonde.flow.packets'))).toEqual([
    expect.stringMatching(/network.transport=udp.* 4$/),
  ])
  expect(lines).toContainEqual(expect.stringMatching(/^netsonde.capture.coverage.* 1$/))
})

test('a capture that is cut is counted up to there, and a warning says so', async () => {
  const settings = settingsOf('pcap')
  const batches: PointBatch[] = []
  await using receiver = createPcap(config('fuzz/corpus/capture/cut-in-a-packet'), settings, {
    consume: (batch) => void batches.push(batch),
  })
  await receiver.start()
  const { fields } = await settings.said('not all of the capture could be read')
  expect(fields.reason).toBe('packet 1 at byte 24: the file ends within it, at byte 300')
})

test('the file being wrong is told at the start', async () => {
  await using receiver = createPcap(config('package.json'), settingsOf('pcap'), { consume() {} })
  await expect(receiver.start()).rejects.toMatchObject({
    code: 'CAPTURE_FORMAT',
    message: 'package.json is neither a pcap nor a pcapng file: it begins with the bytes 7b 0a 20 20',
  })
})

test('who takes what it hands on may take its time, and is not overtaken', async () => {
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const events: string[] = []
  const settings = settingsOf('pcap', { finished: () => events.push('finished') })
  const receiver = createPcap(config('test/captures/dhcp.pcap'), settings, {
    async consume(batch) {
      events.push(batch.values.has('netsonde.flow.io') ? 'flows' : 'ledger')
      begun.resolve()
      await gate.promise
    },
  })
  await receiver.start()
  await begun.promise
  const disposed = receiver[Symbol.asyncDispose]()
  gate.resolve()
  await disposed
  expect(events).toEqual(['flows', 'ledger', 'finished'])
})

test('batches are of the time of the capture, not of its reading', async () => {
  const finished = Promise.withResolvers<void>()
  const batches: PointBatch[] = []
  const settings = settingsOf('pcap', { finished: finished.resolve })
  await using receiver = createPcap(config('test/captures/dhcp.pcap'), settings, {
    consume: (batch) => void batches.push(batch),
  })
  await receiver.start()
  await finished.promise
  expect(
    batches.map(({ startMs, endMs }) => [new Date(startMs).toISOString(), new Date(endMs).toISOString()]),
  ).toEqual(Array(2).fill(['2004-12-05T19:16:24.317Z', '2004-12-05T19:16:24.387Z']))
})
