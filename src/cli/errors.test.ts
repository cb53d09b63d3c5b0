import { expect, test } from 'vitest'
import { ConfigError } from '../config/problem.ts'
import { NetsondeError } from '../errors.ts'
import { tellError } from './errors.ts'

const hint = 'This should not happen. NETSONDE_DEBUG=1 shows where it did.\n'

test.each([
  [
    new NetsondeError('EACCES', 'receivers::ebpf: CAP_BPF is missing'),
    1,
    'netsonde: receivers::ebpf: CAP_BPF is missing\n',
  ],
  [new NetsondeError('USAGE', 'a command is missing'), 2, 'netsonde: a command is missing\n'],
  [
    new ConfigError([{ path: ['a'], message: 'is wrong' }]),
    2,
    'a  is wrong\n1 error. Nothing was started.\n',
  ],
  [new AggregateError([], 'one\ntwo'), 1, 'netsonde: one\ntwo\n'],
  [new TypeError('x is not a function'), 1, `netsonde: x is not a function\n${hint}`],
  ['thrown', 1, `netsonde: thrown\n${hint}`],
])('%s ends with status %d', (error, status, text) =>
  expect(tellError(error, false)).toEqual({ status, text }),
)

test('a trace names the cause', () => {
  const cause = new Error('EPERM')
  expect(tellError(new NetsondeError('X', 'no', { cause }), true).text).toMatch(/\[cause\]: Error: EPERM/)
})
