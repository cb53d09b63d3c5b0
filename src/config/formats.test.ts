import { describe, expect, test } from 'vitest'
import { checkSettings } from './check.ts'
import {
  duration,
  endpoint,
  flag,
  globs,
  mapOf,
  names,
  number,
  oneOf,
  strings,
  text,
  whole,
} from './formats.ts'
import { treeOfObject } from './object.ts'
import type { Problem } from './problem.ts'

const doc = ''

/** Checks one setting as it would be checked in a component. */
function check(setting: object, written: unknown, env = {}) {
  const findings = { env, problems: [] as Problem[], secrets: [] }
  const { tree } = treeOfObject(written === undefined ? {} : { it: written })
  const { it } = checkSettings({ it: setting }, tree, ['x'], findings)
  return {
    value: it,
    problems: findings.problems.map(({ path, message, hint }) => [path.join('::'), message, hint ?? '']),
  }
}

const open = duration({ default: '5s', doc })
const interval = duration({ default: '5s', min: '100ms', max: '1m', doc })
const limit = whole({ default: 2000, min: 1, max: 10_000, unit: 'series', doc })
const share = number({ default: 0.5, min: 0, max: 1, env: 'SHARE', doc })
const metrics = mapOf(
  { limit: whole({ default: undefined, min: 1, doc }), enabled: flag({ default: true, doc }) },
  { keys: ['flow.io', 'flow.packets'], doc },
)

describe('what the code gets', () => {
  test.each([
    ['a duration by default', interval, undefined, 5000],
    ['a duration', interval, '1m', 60_000],
    [
      'an endpoint by default',
      endpoint({ default: 'localhost:1', doc }),
      undefined,
      { host: 'localhost', port: 1 },
    ],
    ['an endpoint', endpoint({ default: 'localhost:1', doc }), '[::1]:2', { host: '::1', port: 2 }],
    ['globs', globs({ default: ['*'], doc }), ['eth*', 'en?'], ['eth*', 'en?']],
    ['an empty list', globs({ default: ['*'], doc }), [], []],
    ['names', names({ default: [], of: ['a', 'b'], doc }), ['b'], ['b']],
    ['a whole number', limit, 1, 1],
    ['a flag', flag({ default: true, doc }), false, false],
    ['text', text({ default: 'x', doc }), '', ''],
    ['a choice', oneOf(['a', 'b'], { default: 'a', doc }), 'b', 'b'],
    ['a number', share, 0.25, 0.25],
    ['nothing where it is optional', whole({ default: undefined, doc }), undefined, undefined],
    ['strings', strings({ doc }), { a: 'b' }, { a: 'b' }],
    ['a map by default', metrics, undefined, {}],
    [
      'a map, also with dots in its names',
      metrics,
      { 'flow.io': { limit: 5 }, 'flow.packets': null },
      { 'flow.io': { limit: 5, enabled: true }, 'flow.packets': { limit: undefined, enabled: true } },
    ],
  ])('%s', (_, setting, written, value) => expect(check(setting, written)).toEqual({ value, problems: [] }))

  test('defaults are not shared', () => {
    const setting = globs({ default: ['*'], doc })
    ;(check(setting, undefined).value as string[]).push('changed')
    expect(check(setting, undefined).value).toEqual(['*'])
  })
})

describe('what is refused', () => {
  const units = 'units: ns us ms s m h'
  test.each([
    [interval, 5, '5 has no unit', `write 5s; ${units}; default 5s`],
    [interval, '5 seconds', '"5 seconds" is not a duration', `write it as 5s or 1m30s; ${units}; default 5s`],
    [interval, '99ms', '99ms is too short', 'accepted: 100ms to 1m; default 5s'],
    [interval, '61s', '61s is too long', 'accepted: 100ms to 1m; default 5s'],
    [open, '597h', '597h is too long', 'accepted: up to 596h; default 5s'], // Node would take it for 1 ms
    [interval, null, 'has no value', 'write one, or leave the key out for the default 5s'],
    [
      endpoint({ default: 'localhost:1', doc }),
      ':80',
      '":80" is not host:port',
      'write localhost:80, or 0.0.0.0:80 for every address of this host; default localhost:1',
    ],
    [
      endpoint({ default: 'localhost:1', doc }),
      'http://a:80/x',
      '"http://a:80/x" is not host:port',
      'write a:80; default localhost:1',
    ],
    [globs({ default: ['*'], doc }), 'eth*', '"eth*" is not a list', 'write ["eth*"]; default [*]'],
    [limit, 0, '0 is not a whole number of series from 1 to 10000', 'default 2000'],
    [limit, 10_001, '10001 is not a whole number of series from 1 to 10000', 'default 2000'],
    [limit, 1.5, '1.5 is not a whole number of series from 1 to 10000', 'default 2000'],
    [share, 1.5, '1.5 is not accepted here', 'accepted: 0 to 1; default 0.5'],
    [share, '0.5', '"0.5" is not accepted here', 'accepted: 0 to 1; default 0.5'],
    [limit, 'lots', '"lots" is not a whole number of series from 1 to 10000', 'default 2000'],
    [flag({ default: true, doc }), 'yes', '"yes" is not true or false', 'default true'],
    [text({ default: '', doc }), 7, '7 is not text', 'write "7"'],
    [
      text({ default: '/x', pattern: /^\//, example: '/metrics', doc }),
      'x',
      '"x" is not accepted',
      'write it as /metrics; default /x',
    ],
    [
      oneOf(['gzip', 'none'], { default: 'gzip', doc }),
      'gzp',
      '"gzp" is not accepted here',
      'did you mean "gzip"? accepted: gzip, none; default gzip',
    ],
    [
      oneOf(['gzip', 'none'], { default: 'gzip', doc }),
      [],
      'a list is not accepted here',
      'accepted: gzip, none; default gzip',
    ],
    [strings({ doc }), ['a'], 'a list is not a map', 'write {name: value}'],
    [metrics, 'flow.io', '"flow.io" is not a map', 'write {name: {...}}'],
    [
      { default: 80, format: 'port', doc },
      70_000,
      '70000 ports must be within range 0 - 65535',
      'default 80',
    ],
  ])('%# %j', (setting, written, message, hint) =>
    expect(check(setting, written).problems).toEqual([['x::it', message, hint]]),
  )

  test.each([
    [globs({ default: [], doc }), ['a', '', 5], [['x::it::2', '5 is not text', 'write "5"']]],
    [globs({ default: [], doc }), ['a', ''], [['x::it::1', '"" is not a glob', 'write it as eth* or en?']]],
    [
      names({ default: [], of: ['a', 'bb'], doc }),
      ['a', 'bbb', 'c'],
      [
        ['x::it::1', '"bbb" is not accepted here', 'did you mean "bb"? accepted: a, bb'],
        ['x::it::2', '"c" is not accepted here', 'did you mean "a"? accepted: a, bb'],
      ],
    ],
    [strings({ doc }), { a: 'x', b: 1 }, [['x::it::b', '1 is not text', 'write "1"']]],
    [
      metrics,
      { 'flow.oi': {}, 'flow.io': { limit: 0, enabeld: true } },
      [
        [
          'x::it::flow.oi',
          '"flow.oi" is not accepted here',
          'did you mean "flow.io"? accepted: flow.io, flow.packets',
        ],
        ['x::it::flow.io::limit', '0 is not a whole number >= 1', ''],
        ['x::it::flow.io::enabeld', 'is not a key here', 'did you mean "enabled"? accepted: limit, enabled'],
      ],
    ],
  ])('inside: %# %j', (setting, written, problems) =>
    expect(check(setting, written).problems).toEqual(problems),
  )

  test('a secret is not repeated', () => {
    const [problem] = check(strings({ sensitive: true, doc }), { authorization: 31337 }).problems
    expect(problem).toEqual([
      'x::it::authorization',
      'has a value of the wrong type',
      'not shown: it is secret',
    ])
  })
})

describe('variables that a setting names', () => {
  const level = oneOf(['info', 'warn'], { default: 'info', env: 'LEVEL', doc })

  test.each([
    ['win over what is written', level, 'info', { LEVEL: 'warn' }, 'warn'],
    ['are converted', share, undefined, { SHARE: '0.75' }, 0.75],
    ['are converted', whole({ default: 1, env: 'N', doc }), undefined, { N: '7' }, 7],
    ['are converted', flag({ default: true, env: 'F', doc }), undefined, { F: 'false' }, false],
    ['are converted', duration({ default: '1s', env: 'D', doc }), undefined, { D: '2s' }, 2000],
    ['do not matter when unset', level, 'warn', {}, 'warn'],
    ['do not matter when empty', level, 'warn', { LEVEL: '' }, 'warn'],
  ])('%s', (_, setting, written, env, value) =>
    expect(check(setting, written, env)).toEqual({ value, problems: [] }),
  )

  test('are checked', () =>
    expect(check(level, undefined, { LEVEL: 'loud' }).problems).toEqual([
      ['x::it', 'from the variable LEVEL: "loud" is not accepted here', 'accepted: info, warn'],
    ]))
})
