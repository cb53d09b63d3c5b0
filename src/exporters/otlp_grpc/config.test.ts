import { expect, test } from 'vitest'
import { type OtlpGrpcConfig, validate } from './config.ts'

const problems = (overrides: Partial<OtlpGrpcConfig>) =>
  validate({
    endpoint: { host: 'localhost', port: 4317 },
    tls: { insecure: false },
    interval: 10_000,
    timeout: 5000,
    headers: {},
    compression: 'gzip',
    ...overrides,
  })

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
  ['localhost', false, true],
  ['otel-collector.monitoring.svc', false, true],
  ['10.0.0.5', true, true],
  ['10.0.0.5', false, false],
  ['fd00::5', false, false],
])('endpoint %s with insecure %s is accepted: %s', (host, insecure, accepted) => {
  const found = problems({ endpoint: { host, port: 4317 }, tls: { insecure } })

  expect(found).toEqual(accepted ? [] : [['endpoint', expect.stringContaining('write a host name')]])
})
