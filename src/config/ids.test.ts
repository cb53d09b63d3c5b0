import { expect, test } from 'vitest'
import { builtIn } from '../factories.ts'
import { factoryOf } from './ids.ts'

test.each([
  ['otlp_grpc', 'otlp_grpc'],
  ['otlp', 'otlp_grpc'],
  ['otlp/second', 'otlp_grpc'],
  ['otlphttp', 'otlp_http'],
  ['otlphttp/second', 'otlp_http'],
])('%s is the exporter %s', (id, type) => {
  expect(factoryOf(id, 'exporter', builtIn).type).toBe(type)
})

test.each([
  ['otlp_http2', 'is not an exporter here'],
  ['otlp_', 'is not an exporter here'],
  ['ebpf', 'is a receiver, not an exporter'],
  ['otlp/', 'is not the id of a component'],
])('%s %s', (id, problem) => {
  expect(() => factoryOf(id, 'exporter', builtIn)).toThrow(problem)
})

test('no two components have one name', () => {
  const names = builtIn.flatMap(({ kind, type, ...more }) =>
    [type, ...('aliases' in more ? (more.aliases ?? []) : [])].map((name) => `${kind} ${name}`),
  )
  expect(new Set(names).size).toBe(names.length)
})
