// biome-ignore-all lint/suspicious/noControlCharactersInRegex: terminals are told with them
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Recorder } from '../pipeline/testdata/recorder.ts'
import { run } from './run.ts'
import { flows } from './terminal/testdata/interval.ts'
import { TestHost } from './testdata/host.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
  file = join(folder, 'agent.yaml')
  await writeFile(
    file,
    `{receivers: {tap: }, exporters: {send: }, service: {pipelines: {metrics: {receivers: [tap], exporters: [send]}}}}`,
  )
})
afterAll(() => rm(folder, { recursive: true }))

function begin(options = {}) {
  const recorder = new Recorder()
  const host = new TestHost(options)
  return { recorder, host, go: () => run([file], host.host, recorder.factories) }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s ends it with status 0', async (signal) => {
  const { recorder, host, go } = begin()
  const running = go()
  await host.stderr.has('"ready"')
  host.emit(signal, signal)
  expect(await running).toBe(0)
  expect(recorder.events.slice(-2)).toEqual(['dispose tap', 'dispose send'])
  expect(host.log.map(({ component, msg }) => `${component} ${msg}`)).toEqual([
    'agent starting',
    'agent ready',
    'agent stopping',
    'agent stopped',
  ])
  expect(host.log[0]?.fields).toEqual({
    version: expect.any(String),
    kernel: expect.any(String),
    config: [file],
  })
  expect(host.log[2]?.fields).toEqual({ signal })
  expect(host.stdout.text).toBe('')
  expect(host.eventNames()).toEqual([]) // no listener stays
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('a second %s ends it at once with %d', async (signal, status) => {
  const { recorder, host, go } = begin()
  const gate = Promise.withResolvers<void>()
  recorder.at.set('dispose tap', () => gate.promise)
  const running = go()
  await host.stderr.has('"ready"')
  host.emit(signal, signal)
  host.emit(signal, signal) // npm's echo of the same Ctrl-C
  expect(host.exits).toEqual([])
  host.seconds += 0.3
  host.emit(signal, signal)
  expect(host.exits).toEqual([status])
  gate.resolve()
  await running
})

test('a signal during the start counts', async () => {
  const { recorder, host, go } = begin()
  recorder.at.set('start send', () => void host.emit('SIGTERM', 'SIGTERM'))
  expect(await go()).toBe(0)
  expect(recorder.events.slice(-2)).toEqual(['dispose tap', 'dispose send'])
})

test.each([
  ['SIGINT', true],
  ['SIGTERM', false],
])('%s: what hangs is left behind after 2 s: %s', async (signal, left) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { recorder, host, go } = begin()
    const gate = Promise.withResolvers<void>()
    recorder.at.set('dispose send', () => gate.promise)
    const ended = go().then(
      () => 'ended',
      (error: Error) => error.message,
    )
    await host.stderr.has('"ready"')
    host.emit(signal, signal)
    await vi.advanceTimersByTimeAsync(2000)
    gate.resolve()
    const message = 'ended before everything was handed on; SIGTERM waits for service::shutdown_timeout'
    expect(await ended).toBe(left ? message : 'ended')
  } finally {
    vi.useRealTimers()
  }
})

test('what fails while it runs ends it', async () => {
  const { recorder, host, go } = begin()
  const running = go()
  await host.stderr.has('"ready"')
  recorder.settings.get('tap')?.report(new Error('the ring buffer is gone'))
  await expect(running).rejects.toThrow('receivers::tap: the ring buffer is gone')
  expect(recorder.events.slice(-2)).toEqual(['dispose tap', 'dispose send'])
})

test('what cannot start ends it', async () => {
  const { recorder, host, go } = begin()
  recorder.at.set('start tap', () => Promise.reject(new Error('CAP_BPF is missing')))
  await expect(go()).rejects.toThrow('receivers::tap: CAP_BPF is missing')
  expect(host.stderr.text).not.toContain('ready')
  expect(host.eventNames()).toEqual([])
})

test('on a terminal there is a picture instead of lines', async () => {
  const { recorder, host, go } = begin({ terminal: true })
  const running = go()
  await host.stdout.has('counting')
  await recorder.outputs.get('tap')?.consume(flows('10.0.0.1:5000 -> 10.0.0.2:80 tcp forward 5000 50'))
  await host.stdout.has('10.0.0.1:5000')
  host.emit('SIGINT', 'SIGINT')
  expect(await running).toBe(0)
  expect(host.stderr.text).toBe('')
  expect(host.stdout.text).toMatch(/\r\x1b\[J$/)
  expect(host.stdout.eventNames()).toEqual([])
})

test('a picture on the terminal, and lines in a file', async () => {
  const { host, go } = begin({ terminal: true, file: true })
  const running = go()
  await host.stdout.has('counting')
  host.emit('SIGINT', 'SIGINT')
  await running
  expect(host.log.map(({ msg }) => msg)).toEqual(['starting', 'ready', 'stopping', 'stopped'])
})

test('a terminal that cannot move its cursor gets lines', async () => {
  const { host, go } = begin({ terminal: true })
  host.env.TERM = 'dumb'
  const running = go()
  await host.stderr.has('"ready"')
  host.emit('SIGINT', 'SIGINT')
  await running
  expect(host.stdout.text).toBe('')
})

test.each([
  ['NETSONDE_LOG_ENCODING', 'console', /^\d\d:\d\d:\d\d info {2}agent {2}starting/],
  ['NETSONDE_LOG_LEVEL', 'warn', /^$/],
])('%s=%s is heeded', async (name, value, expected) => {
  const { recorder, host, go } = begin()
  host.env[name] = value
  recorder.at.set('start tap', () => void setImmediate(() => host.emit('SIGINT', 'SIGINT')))
  await go()
  expect(host.stderr.text).toMatch(expected)
})
