import { diag } from '@opentelemetry/api'
import { afterEach, expect, test } from 'vitest'
import { settingsOf } from '../../test/rig/settings.ts'
import { routeDiag } from './otel-diag.ts'

afterEach(() => diag.disable())

test('warnings and errors are logged until disposed, and nothing below', () => {
  const { log, logged } = settingsOf('otlp_grpc')
  const route = routeDiag(log)
  diag.error('lost', new Error('why'))
  diag.warn('odd')
  diag.info('chatter')
  diag.debug('items', { authorization: 'secret' })
  route[Symbol.dispose]()
  diag.error('later')

  expect(logged.map(({ level, fields }) => [level, fields])).toEqual([
    ['error', { detail: 'lost Error: why' }],
    ['warn', { detail: 'odd' }],
  ])
})

test('of two components the one that is left goes on', () => {
  const [one, two] = [settingsOf('otlp_grpc/1'), settingsOf('otlp_grpc/2')]
  const [first, second] = [routeDiag(one.log), routeDiag(two.log)]
  diag.error('to one')
  first[Symbol.dispose]()
  diag.error('to two')
  second[Symbol.dispose]()

  expect([one.logged.length, two.logged.length]).toEqual([1, 1])
})

test('the logger of a program that embeds the agent stays, before and after', () => {
  const heard: string[] = []
  const hear = (message: string) => void heard.push(message)
  const none = () => {}
  diag.setLogger({ error: hear, warn: hear, info: none, debug: none, verbose: none })
  const { log, logged } = settingsOf('otlp_grpc')
  const route = routeDiag(log)
  diag.error('a')
  route[Symbol.dispose]()
  diag.error('b')

  expect(heard).toEqual(['a', 'b'])
  expect(logged).toEqual([])
})

test('a logger that was set while ours was there stays too', () => {
  const heard: string[] = []
  const hear = (message: string) => void heard.push(message)
  const none = () => {}
  const route = routeDiag(settingsOf('otlp_grpc').log)
  diag.setLogger(
    { error: hear, warn: none, info: none, debug: none, verbose: none },
    { suppressOverrideMessage: true },
  )
  route[Symbol.dispose]()
  diag.error('c')

  expect(heard).toEqual(['c'])
})
