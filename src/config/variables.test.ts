// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax under test
import { expect, test } from 'vitest'
import { treeOfObject } from './object.ts'
import { plain } from './tree.ts'
import { expand } from './variables.ts'

const env = { ZONE: 'eu-1a', N: '8', YES: 'true', EMPTY: '', ID: '007', LIST: '[a, b]' }

function expanded(written: unknown, asText = false) {
  const { tree, problems } = expand(treeOfObject(written).tree, env)
  return { value: plain(tree, asText), problems }
}

test.each([
  ['${env:ZONE}', 'eu-1a'],
  ['${ZONE}', 'eu-1a'],
  ['zone ${env:ZONE}!', 'zone eu-1a!'],
  ['${env:N}', 8], // as YAML reads it, where it is the whole
  ['${env:N}s', '8s'],
  ['${env:YES}', true],
  ['${env:EMPTY}', ''],
  ['${env:NO:-localhost:4317}', 'localhost:4317'],
  ['${env:NO:-}', ''],
  ['${env:EMPTY:-x}', ''], // set, if to nothing
  ['${env:LIST}', '[a, b]'], // one value stays one
  ['$$', '$'],
  ['$${env:ZONE}', '${env:ZONE}'],
  ['$5', '$5'],
  ['a$', 'a$'],
])('%s becomes %j', (written, value) =>
  expect(expanded({ a: [written] })).toEqual({ value: { a: [value] }, problems: [] }),
)

test('where text is wanted it stays as it is in the variable', () => {
  expect(expanded('${env:ID}', true).value).toBe('007')
  expect(expanded('${env:ID}').value).toBe(7)
})

test('what a variable holds is not looked through again', () =>
  expect(expand(treeOfObject('${env:A}').tree, { A: '${env:B}' })).toMatchObject({
    tree: { value: '${env:B}' },
    problems: [],
  }))

test.each([
  ['${env:NO}', 'needs the environment variable NO, which is not set'],
  ['${file:/etc/passwd}', '"file:" is not a source of values here'],
  ['${env:ZONE', '"${env:ZONE" has no closing }'],
  ['${env:A:-${env:B}}', '"${env:A:-${env:B}" is not a variable'],
  ['${}', '"${}" is not a variable'],
  ['${env:1A}', '"${env:1A}" is not a variable'],
])('%s: %s', (written, message) =>
  expect(expanded({ a: { b: written } }).problems).toEqual([
    { path: ['a', 'b'], at: undefined, message, hint: expect.any(String) },
  ]),
)
