import { expect, test } from 'vitest'
import { choose, preferences, wantsGzip } from './accept.ts'

const text = { type: 'text/plain', version: '0.0.4' }
const openMetrics = { type: 'application/openmetrics-text', version: '1.0.0' }

const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8'

test.each<[string, string | undefined, { type: string } | undefined]>([
  ['Prometheus 2', prometheus2, openMetrics],
  ['Prometheus 3', prometheus3, openMetrics],
  ['Prometheus 3 that is told text only', 'text/plain;version=1.0.0;escaping=values;q=0.2,*/*;q=0.1', text],
  ['a browser', browser, text],
  ['curl', '*/*', text],
  ['nobody in particular', undefined, undefined],
  ['a wish that is not there', 'application/json', undefined],
  ['a version that is not there', 'application/openmetrics-text;version=2.0.0', undefined],
  ['no version', 'application/openmetrics-text', openMetrics],
  ['capitals, blanks and quotes', ' Application/OpenMetrics-Text ; Version="1.0.0" ', openMetrics],
  ['the higher weight', 'application/openmetrics-text;q=0.2, text/plain;q=0.201', text],
  ['the first of equals', 'text/plain, application/openmetrics-text', text],
  ['the first of equals, the other way round', 'application/openmetrics-text, text/plain', openMetrics],
  ['the more exact of equals', '*/*, application/openmetrics-text', openMetrics],
  ['a kind that is not wanted', 'text/plain;q=0, */*;q=0.1', openMetrics],
  ['none at all', '*/*;q=0', undefined],
  ['a family of types', 'application/*', openMetrics],
  ['a weight that is none', 'application/openmetrics-text;q=2, text/plain;q=0.1', text],
  ['a comma inside quotes', 'text/plain;x="a,b;q=0\\",";q=0.5, application/openmetrics-text;q=0.4', text],
  ['nonsense', ';;,,=;q==,"', undefined],
])('%s gets what it asks for', (_, header, offer) => {
  expect(choose(preferences(header), [text, openMetrics])?.offer).toBe(offer)
})

test('who asks is told with what was asked', () => {
  const { by } = choose(preferences(prometheus3), [text, openMetrics]) ?? {}

  expect(by?.parameters.get('escaping')).toBe('allow-utf-8')
})

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['deflate, GZIP;q=0.5', true],
  ['x-gzip', true],
  ['gzip;q=0', false],
  ['identity', false],
  ['identity, gzip;q=0.5', false],
  ['identity;q=0.5, gzip;q=0.5', true],
  ['*', false], // not asked for by name
  ['br', false],
])('Accept-Encoding: %s is gzip: %s', (header, expected) => expect(wantsGzip(header)).toBe(expected))
