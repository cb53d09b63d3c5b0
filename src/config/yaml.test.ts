import { expect, test } from 'vitest'
import { ConfigError } from './problem.ts'
import { plain } from './tree.ts'
import { parseYaml } from './yaml.ts'

function read(text: string) {
  const { tree } = parseYaml('a.yaml', text)
  return tree && plain(tree)
}

function complaint(text: string): string {
  const { problems, secrets } = parseYaml('a.yaml', text)
  return new ConfigError(problems, secrets).message
}

test.each([
  ['a: {b: [1, x, true, null]}', { a: { b: [1, 'x', true, null] } }],
  ['a: 0x10\nb: 1_000\nc: yes', { a: 16, b: '1_000', c: 'yes' }], // YAML 1.2
  ['8080: x', { '8080': 'x' }],
  ['\ufeffa: 1', { a: 1 }],
  ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
  ['a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}', { a: { b: 1, c: 2 }, d: { c: 3, b: 1 } }],
  ['a: &x {b: 1}\nc: &y {b: 2}\nd: {<<: [*x, *y]}', { a: { b: 1 }, c: { b: 2 }, d: { b: 1 } }],
  ['constructor: {prototype: {x: 1}}', { constructor: { prototype: { x: 1 } } }],
])('%j', (text, value) => expect(read(text)).toEqual(value))

test.each([
  ['', 'a.yaml  is empty'],
  ['# nothing yet\n', 'a.yaml  is empty'],
  ['a: b: c', 'a.yaml:1:4  is not YAML: nested mappings are not allowed in compact mappings'],
  ['a:\n\tb: 1', 'a.yaml:2:1  is not YAML: tabs are not allowed as indentation'],
  ['a: 1\n---\nb: 2', 'a.yaml:2:1  is not YAML: source contains multiple documents'],
  ['a: !py/object x', 'a.yaml:1:4  is not YAML: unresolved tag: !py/object'],
  ['a: !!binary aGk=', 'a.yaml:1:13  a  has a type that is not used here'],
  ['a:\n  b: 1\n  b: 2', 'a.yaml:3:3  a::b  is there twice'],
  ['? [a]\n: b', 'a.yaml:1:3  has a key that is not a name'],
  ['__proto__: {a: 1}', 'a.yaml:1:1  has a key that is not a name'],
  ['a: *b', 'a.yaml:1:4  a  is an alias of nothing'],
  ['a: *b\nc: &b 1', 'a.yaml:1:4  a  is an alias of nothing'],
  ['a: &a [*a]', 'a.yaml:1:8  a::0  is an alias of what it is in'],
  ['a: {<<: 5}', 'a.yaml:1:9  a::"<<"  is not a map or a list of maps'],
  ['a: [*]', 'a.yaml:1:5  is not YAML: alias cannot be an empty string'],
  ['['.repeat(50) + ']'.repeat(50), 'a.yaml:1:34  0::0::0  is nested deeper than 32'],
  ['#'.repeat(1024 * 1024 + 1), 'a.yaml  has 1048577 characters: more than 1048576'],
])('%#: %s', (text, message) => expect(complaint(text).split('\n')[0]).toBe(message))

test('a few lines of aliases do not become a billion values', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 12; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  expect(complaint(lines.join('\n'))).toContain('is more than 100000 values')
})

test.each([
  [10_000, 'is nested too deep to be read'],
  [100_000, 'is nested too deep to be read'],
])('%d brackets end in one error', (count, message) => {
  const { problems } = parseYaml('a.yaml', '['.repeat(count))
  expect(problems.map((problem) => problem.message)).toEqual([message])
})

test('50,000 keys take no quadratic time', () => {
  const text = Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join('\n')
  const began = performance.now()
  expect(parseYaml('a.yaml', text).problems).toEqual([])
  expect(performance.now() - began).toBeLessThan(5000)
})

test.each([['authorization: "Bearer abc'], ['headers: {x-api-key: abc: d}'], ['password: @abc']])(
  'what looks like a secret is not repeated: %s',
  (text) => {
    expect(complaint(text)).toContain('is not YAML')
    expect(complaint(text)).not.toContain('abc')
  },
)
