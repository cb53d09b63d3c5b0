import { expect, test } from 'vitest'
import { negotiate } from './formats.ts'

const text = 'text/plain; version=0.0.4; charset=utf-8'
const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'

test.each<[string, string | undefined, string]>([
  ['Prometheus 2', prometheus2, openMetrics],
  ['Prometheus 3', prometheus3, `${openMetrics}; escaping=underscores`],
  ['text with a scheme', 'text/plain;version=0.0.4;escaping=values', `${text}; escaping=underscores`],
  ['nobody in particular', undefined, text],
  [
    'protobuf only',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    text,
  ],
  ['a wish that is not there', 'application/json', text],
])('%s gets what it can read, with its name', (_, accept, contentType) => {
  expect(negotiate(accept).contentType).toBe(contentType)
})

test('where only text is made, all get it', () => {
  expect(negotiate(prometheus2, 'text')).toEqual({ format: 'text', contentType: text })
})
