import { expect, test } from 'vitest'
import { batchOf } from '../test/rig/batch.ts'
import { type AgentOptions, createAgent } from './agent.ts'
import type { LogRecord } from './pipeline/log.ts'
import { processor } from './pipeline/processor.ts'
import { Recorder } from './pipeline/testdata/recorder.ts'

const config = {
  receivers: { tap: {} },
  exporters: { send: {} },
  service: { pipelines: { metrics: { receivers: ['tap'], exporters: ['send'] } } },
}

function start(recorder: Recorder, options: AgentOptions = {}, source: typeof config = config) {
  return createAgent(source, {
    env: {},
    ...options,
    factories: [...recorder.factories, ...(options.factories ?? [])],
  })
}

test('is ready when it has started, done when it has been disposed', async () => {
  const recorder = new Recorder()
  const agent = await start(recorder)
  expect(agent.ready).toBe(true)
  expect(recorder.settings.get('tap')?.ready()).toBe(true)
  await agent[Symbol.asyncDispose]()
  expect(agent.ready).toBe(false)
  expect(recorder.settings.get('tap')?.ready()).toBe(false)
  await agent.done
  expect(recorder.events.filter((event) => event.startsWith('dispose'))).toEqual([
    'dispose tap',
    'dispose send',
  ])
})

test('ends by itself once nothing more comes from any receiver', async () => {
  const recorder = new Recorder()
  const source = {
    receivers: { tap: {}, 'tap/b': {} },
    exporters: { send: {} },
    service: { pipelines: { metrics: { receivers: ['tap', 'tap/b'], exporters: ['send'] } } },
  }
  const agent = await start(recorder, {}, source)
  recorder.settings.get('tap')?.finished()
  recorder.settings.get('tap')?.finished() // the same one
  expect(agent.ready).toBe(true)
  recorder.settings.get('tap/b')?.finished()
  await agent.done
  expect(recorder.events.at(-1)).toBe('dispose send')
})

test('a receiver that has finished before the others have started ends the agent after the start', async () => {
  const recorder = new Recorder()
  recorder.at.set('start tap', () => recorder.settings.get('tap')?.finished())
  const agent = await start(recorder)
  await agent.done
  expect(recorder.events.at(-1)).toBe('dispose send')
})

test('may be disposed twice', async () => {
  const recorder = new Recorder()
  const agent = await start(recorder)
  await Promise.all([agent[Symbol.asyncDispose](), agent[Symbol.asyncDispose]()])
  await agent[Symbol.asyncDispose]()
  expect(recorder.events.filter((event) => event === 'dispose tap')).toHaveLength(1)
})

test('is not ready while it starts', async () => {
  const recorder = new Recorder()
  let during: boolean | undefined
  recorder.at.set('start tap', () => {
    during = recorder.settings.get('tap')?.ready()
  })
  await using _ = await start(recorder)
  expect(during).toBe(false)
})

test('if one part cannot start, the others end and the error names it', async () => {
  const recorder = new Recorder()
  recorder.at.set('start tap', () => Promise.reject(new Error('not permitted')))
  await expect(start(recorder)).rejects.toThrow('receivers::tap: not permitted')
  expect(recorder.events.slice(-2)).toEqual(['dispose tap', 'dispose send'])
})

test.each(['create send', 'start send'])('a failure that is reported at %s fails the start', async (step) => {
  const recorder = new Recorder()
  recorder.at.set(step, () => recorder.settings.get('send')?.report(new Error('gone')))
  await expect(start(recorder)).rejects.toThrow('exporters::send: gone')
  expect(recorder.events.slice(-2)).toEqual(['dispose tap', 'dispose send'])
})

test('a failure that is reported later ends it', async () => {
  const recorder = new Recorder()
  const logged: LogRecord[] = []
  const agent = await start(recorder, { log: (record) => logged.push(record) })
  recorder.settings.get('send')?.report(new Error('gone'))
  recorder.settings.get('send')?.report(new Error('gone, as said'))
  expect(agent.ready).toBe(false)
  await expect(agent.done).rejects.toThrow(/^exporters::send: gone$/)
  expect(recorder.events.slice(-2)).toEqual(['dispose tap', 'dispose send'])
  expect(logged).toMatchObject([{ level: 'error', component: 'agent', message: 'failed' }])
})

test('what does not end well is told by dispose and by done', async () => {
  const recorder = new Recorder()
  const agent = await start(recorder)
  recorder.at.set('dispose send', () => Promise.reject(new Error('12 points were not sent')))
  await expect(agent[Symbol.asyncDispose]()).rejects.toThrow('exporters::send: 12 points were not sent')
  await expect(agent.done).rejects.toThrow('exporters::send: 12 points were not sent')
})

test("a processor of one's own takes part", async () => {
  const recorder = new Recorder()
  const half = processor('half', () => ({
    consume: (batch, next) => next(batch.filter((point) => point.value('netsonde.flow.io') > 1)),
  }))
  const pipelines = { metrics: { receivers: ['tap'], processors: ['half'], exporters: ['send'] } }
  const source = { ...config, processors: { half: {} }, service: { pipelines } }
  await using _ = await start(recorder, { factories: [half] }, source)
  await recorder.outputs.get('tap')?.consume(batchOf({ values: { 'netsonde.flow.io': [1, 2] } }))
  expect(recorder.events).toContain('send got 1')
})

test.each([
  [undefined, 'warn', ['warn', 'error']],
  ['info', 'warn', ['info', 'warn', 'error']],
] as const)(
  'with level %s and %s in the configuration, the log gets %j',
  async (level, configured, expected) => {
    const recorder = new Recorder()
    const levels: string[] = []
    const service = { ...config.service, telemetry: { logs: { level: configured } } }
    await using _ = await start(
      recorder,
      { log: ({ level }) => void levels.push(level), ...(level && { level }) },
      { ...config, service },
    )
    const log = recorder.settings.get('tap')?.log
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log?.[level]('x')
    expect(levels).toEqual(expected)
  },
)

test('what it exports is described by the configuration', async () => {
  const recorder = new Recorder()
  const service = {
    ...config.service,
    telemetry: { resource: { 'k8s.node.name': 'n1', 'service.name': 'edge' } },
  }
  await using _ = await start(recorder, {}, { ...config, service })
  expect(recorder.settings.get('send')?.resource).toEqual({
    'service.name': 'edge',
    'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
    'k8s.node.name': 'n1',
  })
})
