import { expect, test } from 'vitest'
import { NetsondeError } from '../errors.ts'
import { disposeWithin, inComponent } from './lifecycle.ts'

test.each([
  [new Error('no'), 'COMPONENT_FAILED', 'exporters::a: no'],
  ['thrown', 'COMPONENT_FAILED', 'exporters::a: thrown'],
  [new NetsondeError('PORT_IN_USE', 'port 80 is taken'), 'PORT_IN_USE', 'exporters::a: port 80 is taken'],
  [new NetsondeError('X', 'exporters::a: no'), 'X', 'exporters::a: no'],
  [new NetsondeError('X', 'exporters::a::endpoint: no'), 'X', 'exporters::a::endpoint: no'],
  [new NetsondeError('X', 'exporters::a/b: no'), 'X', 'exporters::a: exporters::a/b: no'],
])('%s', (error, code, message) =>
  expect(inComponent('exporters::a', error)).toMatchObject({ code, message }),
)

const ending = (dispose: () => Promise<void>) => ({ start: async () => {}, [Symbol.asyncDispose]: dispose })

test.each([
  ['in time', () => Promise.resolve(), undefined],
  ['with an error', () => Promise.reject(new Error('no')), 'a: no'],
  ['too late', () => new Promise<void>(() => {}), 'a: did not end within service::shutdown_timeout (5ms)'],
])('%s', async (_, dispose, message) => {
  const error = await disposeWithin('a', ending(dispose), 5).then(
    () => undefined,
    (error: Error) => error.message,
  )
  expect(error).toBe(message)
})

test('a component that throws at once rejects', async () => {
  const throwing = ending(() => {
    throw new Error('no')
  })
  await expect(disposeWithin('a', throwing, 5)).rejects.toThrow('a: no')
})
