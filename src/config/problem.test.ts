import { expect, test } from 'vitest'
import { Source } from './place.ts'
import { ConfigError } from './problem.ts'

function sourceOf(line: string): Source {
  const source = new Source('a.yaml', line)
  source.lines.addNewLine(0)
  return source
}

test.each([
  ['http://user:hunter2@collector:4318', `http://${'*'.repeat(12)}@collector:4318`],
  ['https://:hunter2@host:99999', `https://${'*'.repeat(8)}@host:99999`],
  ['https://a:hunter2/@x@host', `https://${'*'.repeat(12)}@host`],
  ['http://collector:4318/a@b', `http://${'*'.repeat(16)}@b`], // more than needed, rather than less
  ['collector@example.org', 'collector@example.org'],
])('what a URL has before its host is not shown: %s', (url, shown) => {
  const line = `endpoint: "${url}"`
  const at = { source: sourceOf(line), from: line.indexOf('"'), to: line.length }
  const { message } = new ConfigError([{ path: ['endpoint'], message: `${url} is not a URL`, at }])

  expect(message.split('\n')).toEqual([
    `a.yaml:1:11  endpoint  ${shown} is not a URL`,
    `    endpoint: "${shown}"`,
    `              ${'^'.repeat(url.length + 2)}`,
  ])
})

test('a URL whose beginning is cut off is covered up all the same', () => {
  const line = `{ a: "http://${'u'.repeat(150)}hunter2@host", b: 1 }`
  const from = line.indexOf('b:')
  const at = { source: sourceOf(line), from, to: from + 1 }
  const { message } = new ConfigError([{ path: ['b'], message: 'is not a key here', at }])

  expect(message).toContain('*@host')
})
