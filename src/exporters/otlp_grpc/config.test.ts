import { expect, test } from 'vitest'
import { configOf } from '../../../test/contract/config-of.ts'
import { type OtlpGrpcConfig, schema, validate } from './config.ts'

const problems = (written: object) => validate(configOf(schema, written) as OtlpGrpcConfig)

test.each([
  ['authorization', 'Bearer abc', undefined],
  ['x-scope-orgid', 'team 1', undefined],
  ['X_Tenant.Id', '', undefined],
  ['a b', 'x', 'is not a header name'],
  ['', 'x', 'is not a header name'],
  ['grpc-timeout', '1S', 'is reserved'],
  ['trace-bin', 'x', 'binary'],
  ['authorization', 'line\nbreak', 'not printable ASCII'],
  ['authorization', 'schlüssel', 'not printable ASCII'],
])('header %j: %j', (name, value, problem) => {
  const found = problems({ headers: { [name]: value } })

  expect(found).toEqual(problem ? [[`headers::${name}`, expect.stringContaining(problem)]] : [])
  if (value.length > 1) expect(JSON.stringify(found)).not.toContain(JSON.stringify(value).slice(1, -1))
})

test.each([
  [{ cert_file: 'a' }, 'tls::cert_file', 'without its key_file'],
  [{ key_file: 'a' }, 'tls::key_file', 'without its cert_file'],
])('tls %j', (tls, path, message) => {
  expect(problems({ tls })).toEqual([[path, expect.stringContaining(message)]])
})

test('the official serializer has no delta', () => {
  const found = problems({ serializer: 'official', temporality: 'delta' })
  expect(found).toEqual([['serializer', expect.stringContaining('official has no delta')]])
})

test('what a Collector takes is taken: an address with TLS, a queue, a time after which data is dropped', () => {
  const found = problems({
    endpoint: '10.0.0.5:4317',
    sending_queue: { enabled: true, num_consumers: 10, queue_size: 1000 },
    retry_on_failure: { max_elapsed_time: '300s', randomization_factor: 0, multiplier: 2 },
  })
  expect(found).toEqual([])
})
