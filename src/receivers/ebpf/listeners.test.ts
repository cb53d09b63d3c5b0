import { expect, test } from 'vitest'
import { createLogger, type LogRecord } from '../../pipeline/log.ts'
import { Listeners } from './listeners.ts'

function listeners() {
  const log: LogRecord[] = []
  return { made: new Listeners(createLogger('receivers::ebpf', (each) => log.push(each), Date.now)), log }
}
const refusing = (code: string) => ({
  watchListeners() {
    throw Object.assign(new Error(`loading listeners.bpf.o: ${code}`), { code })
  },
})

test.each([
  ['EINVAL', 'kernel'],
  ['ESRCH', 'kernel'], // no BTF
  ['EPERM', 'permission'],
  ['ENOMEM', 'error'],
])(
  'what the kernel refuses with %s is unavailable: %s, and the log says once what it costs',
  (code, reason) => {
    const { made, log } = listeners()
    expect(made.capability).toEqual({ feature: 'listeners', state: 'unknown' })
    made.watch(refusing(code))
    expect(made.capability).toEqual({ feature: 'listeners', state: 'unavailable', reason })
    expect(log.map(({ level, fields }) => [level, fields?.reason])).toEqual([
      ['warn', `loading listeners.bpf.o: ${code}`],
    ])
  },
)

test('what fails later is told and not available any more', () => {
  const { made, log } = listeners()
  made.watch({ watchListeners() {} })
  expect([made.capability.state, log.length]).toEqual(['available', 0])
  made.lose('looking for sockets that listen: Too many open files')
  expect(made.capability).toEqual({ feature: 'listeners', state: 'unavailable', reason: 'error' })
  expect(log.map(({ level }) => level)).toEqual(['error'])
})
