import { expect, test } from 'vitest'
import { batchOf } from '../../test/rig/batch.ts'
import { loadConfig } from '../config/load.ts'
import { Graph } from './graph.ts'
import type { LogRecord } from './log.ts'
import type { PointBatch } from './point-batch.ts'
import { Recorder } from './testdata/recorder.ts'

const batch = batchOf({ values: { 'netsonde.flow.io': [1, 2, 3] } })

const labelled = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, { label: `of ${id}` }]))

async function build(
  pipelines: object,
  { shutdown_timeout = '20s', extensions = [] as string[], tap = undefined as never } = {},
) {
  const recorder = new Recorder()
  const logged: LogRecord[] = []
  const failed: Error[] = []
  const source = {
    receivers: labelled('tap', 'tap/b', 'tap/unused'),
    processors: labelled('pass', 'pass/b'),
    exporters: labelled('send', 'send/b'),
    extensions: labelled('health', 'health/unused'),
    service: { extensions, shutdown_timeout, pipelines },
  }
  const make = async () =>
    Graph.build(await loadConfig(source as never, recorder.factories, {}), {
      sink: (record) => logged.push(record),
      now: () => 0,
      resource: {},
      ready: () => true,
      finished() {},
      failed: (error) => failed.push(error),
      tap,
    })
  return { recorder, logged, failed, make }
}

const straight = { metrics: { receivers: ['tap'], processors: ['pass', 'pass/b'], exporters: ['send'] } }

test('starts where points arrive, stops where they come from', async () => {
  const { recorder, make } = await build(straight, { extensions: ['health'] })
  const graph = await make()
  recorder.events.length = 0
  await graph.start()
  expect(recorder.events).toEqual(['start health', 'start send', 'start pass/b', 'start pass', 'start tap'])
  recorder.events.length = 0
  await graph.stop()
  expect(recorder.events).toEqual([
    'dispose tap',
    'dispose pass',
    'dispose pass/b',
    'dispose send',
    'dispose health',
  ])
})

test('what a receiver still holds flows through before the others end', async () => {
  const { recorder, make } = await build(straight)
  const graph = await make()
  await graph.start()
  recorder.holdBack('tap', batch)
  recorder.events.length = 0
  await graph.stop()
  expect(recorder.events).toEqual([
    'dispose tap',
    'pass got 3',
    'pass/b got 3',
    'send got 3',
    'dispose pass',
    'dispose pass/b',
    'dispose send',
  ])
})

test.each([
  [
    'one receiver in two pipelines',
    { metrics: [['tap'], ['send']], 'metrics/2': [['tap'], ['send/b']] },
    { tap: ['send got 3', 'send/b got 3'] },
  ],
  [
    'two receivers in one pipeline',
    { metrics: [['tap', 'tap/b'], ['send']] },
    { tap: ['send got 3'], 'tap/b': ['send got 3'] },
  ],
  [
    'two exporters in one pipeline',
    { metrics: [['tap'], ['send', 'send/b']] },
    { tap: ['send got 3', 'send/b got 3'] },
  ],
  [
    'pipelines that share an exporter',
    { metrics: [['tap'], ['send']], 'metrics/2': [['tap/b'], ['send']] },
    { tap: ['send got 3'], 'tap/b': ['send got 3'] },
  ],
])('%s', async (_, pipelines, expected) => {
  const named = Object.entries(pipelines).map(([id, [receivers, exporters]]) => [
    id,
    { receivers, exporters },
  ])
  const { recorder, make } = await build(Object.fromEntries(named))
  await make()
  const created = recorder.events.filter((event) => event.startsWith('create'))
  expect(created).toEqual([...new Set(created)]) // one instance per id
  for (const [id, got] of Object.entries(expected)) {
    recorder.events.length = 0
    await recorder.outputs.get(id)?.consume(batch)
    expect(recorder.events).toEqual(got)
  }
})

test('each gets its own settings', async () => {
  const ids = ['tap', 'tap/b', 'pass', 'pass/b', 'send', 'send/b', 'health']
  const { recorder, make } = await build(
    {
      metrics: { receivers: ['tap', 'tap/b'], processors: ['pass', 'pass/b'], exporters: ['send', 'send/b'] },
    },
    { extensions: ['health'] },
  )
  await make()
  expect([...recorder.labels].sort()).toEqual(ids.map((id) => [id, `of ${id}`]).sort())
})

test('a processor has an instance in each pipeline', async () => {
  const pipeline = { receivers: ['tap'], processors: ['pass'], exporters: ['send'] }
  const { recorder, make } = await build({ metrics: pipeline, 'metrics/2': pipeline })
  await make()
  expect(recorder.events.filter((event) => event === 'create pass')).toHaveLength(2)
})

test('what no pipeline names is not made', async () => {
  const { recorder, make } = await build(straight, { extensions: ['health'] })
  await make()
  expect(recorder.events.join()).not.toContain('unused')
})

test.each([
  [
    'throws',
    () => {
      throw new Error('no')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no'))],
])('an exporter that %s is logged and counted, and the others get the batch', async (_, fail) => {
  const { recorder, logged, make } = await build({
    metrics: { receivers: ['tap'], exporters: ['send', 'send/b'] },
  })
  const graph = await make()
  recorder.at.set('send got', fail)
  await recorder.outputs.get('tap')?.consume(batch)
  await recorder.outputs.get('tap')?.consume(batch)
  expect(recorder.events.filter((event) => event === 'send/b got 3')).toHaveLength(2)
  expect(logged).toMatchObject([
    { level: 'error', component: 'exporters::send', fields: { rows: 3, failures: 1 } },
    { level: 'error', component: 'exporters::send', fields: { rows: 3, failures: 2 } },
  ])
  expect(graph.failures).toEqual(new Map([['exporters::send', 2]]))
})

test('a slow exporter holds the receiver back', async () => {
  const { recorder, make } = await build(straight)
  await make()
  const gate = Promise.withResolvers<void>()
  recorder.at.set('send got', () => gate.promise)
  let sent = false
  const sending = Promise.resolve(recorder.outputs.get('tap')?.consume(batch)).then(() => {
    sent = true
  })
  await new Promise(setImmediate)
  expect(sent).toBe(false)
  gate.resolve()
  await sending
  expect(sent).toBe(true)
})

test('the tap sees each batch once as it leaves the receiver, and cannot disturb', async () => {
  const seen: number[] = []
  const tap = {
    consume: ({ length }: { length: number }) => {
      seen.push(length)
      throw new Error('no')
    },
  }
  const pipeline = { receivers: ['tap'], exporters: ['send'] }
  const { recorder, make } = await build({ metrics: pipeline, 'metrics/2': pipeline }, { tap: tap as never })
  await make()
  await recorder.outputs.get('tap')?.consume(batch)
  expect(seen).toEqual([3])
  expect(recorder.events.filter((event) => event === 'send got 3')).toHaveLength(2)
})

test('a batch says which receiver it comes from, also when rows were left out of it', async () => {
  const seen: unknown[] = []
  const tap = { consume: (from: PointBatch) => seen.push(from.filter(({ row }) => row > 0).origin) }
  const pipeline = { receivers: ['tap', 'tap/b'], exporters: ['send'] }
  const { recorder, make } = await build({ metrics: pipeline }, { tap: tap as never })
  await make()
  for (const id of ['tap', 'tap/b']) await recorder.outputs.get(id)?.consume(batch)
  expect(seen).toEqual(['receivers::tap', 'receivers::tap/b'])
})

test('if one cannot be made, those that were are disposed', async () => {
  const { recorder, make } = await build(straight, { extensions: ['health'] })
  recorder.at.set('create pass', () => Promise.reject(new Error('out of luck')))
  await expect(make()).rejects.toThrow('processors::pass: out of luck')
  expect(recorder.events.filter((event) => event.startsWith('dispose'))).toEqual([
    'dispose pass/b',
    'dispose send',
    'dispose health',
  ])
})

test('what fails to start names itself', async () => {
  const { recorder, make } = await build(straight)
  recorder.at.set('start tap', () => Promise.reject(new Error('no such interface: eth7')))
  await expect((await make()).start()).rejects.toMatchObject({
    name: 'NetsondeError',
    code: 'COMPONENT_FAILED',
    message: 'receivers::tap: no such interface: eth7',
  })
})

test('each is disposed, whatever becomes of the others', async () => {
  const { recorder, make } = await build(straight, { shutdown_timeout: '10ms' })
  const graph = await make()
  recorder.at.set('dispose tap', () => new Promise(() => {})) // never
  recorder.at.set('dispose pass', () => Promise.reject(new Error('no')))
  const error = await graph.stop().catch((error: unknown) => error)
  expect((error as AggregateError).errors).toMatchObject([
    {
      code: 'SHUTDOWN_TIMEOUT',
      message: 'receivers::tap: did not end within service::shutdown_timeout (10ms)',
    },
    { message: 'processors::pass: no' },
  ])
  expect(recorder.events.slice(-2)).toEqual(['dispose pass/b', 'dispose send'])
})

test('what a component reports is told with its name', async () => {
  const { recorder, failed, make } = await build(straight)
  await make()
  recorder.settings.get('tap')?.report(new Error('the ring buffer is gone'))
  expect(failed).toMatchObject([{ message: 'receivers::tap: the ring buffer is gone' }])
})
