import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { settingsOf } from '../../../test/rig/settings.ts'
import { Outages } from './outage.ts'

const nothing = {} as ResourceMetrics

/** An exporter whose exports end as told: `undefined` arrives, a text is why it does not. */
function exportsThatEnd(...ends: (string | undefined)[]) {
  const left = [...ends]
  const inner: PushMetricExporter = {
    export(_, done) {
      const why = left.shift()
      done(why === undefined ? { code: 0 } : { code: 1, error: new Error(why) })
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  let nowMs = 0
  const { log, logged } = settingsOf('otlp_grpc')
  const outages = new Outages(inner, log, 'collector:4317', () => nowMs)
  const codes: number[] = []
  for (const _ of ends) {
    outages.export(nothing, ({ code }) => codes.push(code))
    nowMs += 10_000
  }
  return { outages, left, codes, lines: () => logged.map(({ level, fields }) => [level, fields]) }
}

const endpoint = 'collector:4317'
const lost = (error: string) => ['warn', { endpoint, error }]
const back = (failed: number, away_ms: number) => ['info', { endpoint, failed, away_ms }]

test.each<[string, (string | undefined)[], unknown[]]>([
  ['what arrives says nothing', [undefined, undefined], []],
  ["gRPC's empty note is left out", ['refused. Resolution note: '], [lost('refused.')]],
  ['an outage is told once', ['a', 'b', 'c'], [lost('a')]],
  ['its end is told once', ['a', 'b', undefined, undefined], [lost('a'), back(2, 20_000)]],
  [
    'the next is told again',
    ['a', undefined, 'b', undefined],
    [lost('a'), back(1, 10_000), lost('b'), back(1, 10_000)],
  ],
  [
    'a server without TLS says which setting helps',
    ['14 UNAVAILABLE: wrong version number'],
    [['warn', { endpoint, error: expect.stringContaining('tls::insecure: true') }]],
  ],
])('%s', (_, ends, lines) => expect(exportsThatEnd(...ends).lines()).toEqual(lines))

test('the reader takes each export for done: it would log once more', () => {
  expect(exportsThatEnd(undefined, 'a').codes).toEqual([0, 0])
})

test.each([
  [['a', undefined], undefined],
  [[undefined, 'a', 'b'], 'b'],
])('after %j the newest failure is %j', (ends, failure) => {
  expect(exportsThatEnd(...ends).outages.lastFailure).toBe(failure)
})

test('while closing, a failure is remembered and not told', () => {
  const { outages, left, lines } = exportsThatEnd()
  left.push('gone')
  outages.close()
  outages.export(nothing, () => {})

  expect([outages.lastFailure, lines()]).toEqual(['gone', []])
})

test('after the end nothing is sent, and the reader is not left waiting', () => {
  const { outages, left } = exportsThatEnd()
  left.push('must not be asked')
  outages.end()
  const codes: number[] = []
  outages.export(nothing, ({ code }) => codes.push(code))

  expect([codes, left.length]).toEqual([[0], 1])
})
