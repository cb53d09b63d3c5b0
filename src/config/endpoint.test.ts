import { expect, test } from 'vitest'
import { formatEndpoint, parseEndpoint } from './endpoint.ts'

test.each([
  ['localhost:9464', 'localhost', 9464],
  ['0.0.0.0:0', '0.0.0.0', 0],
  ['[::1]:65535', '::1', 65535],
  ['otel-collector.monitoring.svc:4317', 'otel-collector.monitoring.svc', 4317],
])('%s', (text, host, port) => {
  expect(parseEndpoint(text)).toEqual({ host, port })
  expect(formatEndpoint({ host, port })).toBe(text)
})

test.each([
  'localhost',
  ':9464',
  'localhost:',
  'localhost:65536',
  'localhost:http',
  '::1:80', // which of the colons begins the port?
  '[localhost]:80',
  '[::1]',
  'http://localhost:80',
  'a b:80',
  '',
])('%j is not host:port', (text) => expect(parseEndpoint(text)).toBeUndefined())
