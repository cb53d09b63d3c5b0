import { expect, test } from 'vitest'
import type { Metric } from '../../src/catalogue/metrics.ts'
import { detailedLines, normalLines } from '../../src/exporters/debug/text.ts'
import { openFast } from '../../src/exporters/otlp_grpc/fast.ts'
import { GrpcSender } from '../../src/exporters/otlp_grpc/sender.ts'
import { HttpSender } from '../../src/exporters/otlp_http/sender.ts'
import { JsonEncoder } from '../../src/otlp/json.ts'
import { MetricsEncoder } from '../../src/otlp/metrics-encoder.ts'
import type { Sender } from '../../src/otlp/sender.ts'
import { MetricSeries } from '../../src/pipeline/metric-series.ts'
import { type Collector, startCollector } from '../rig/collector.ts'
import { observe } from '../rig/observe.ts'
import { otelcol } from '../rig/tool.ts'
import { until } from '../rig/until.ts'

const { missing } = otelcol()

const metric = (instrument: Metric['instrument'], more: object = {}) =>
  ({
    name: `netsonde.test.${instrument}`,
    unit: 'By',
    description: `a ${instrument} "in" <quotes>`,
    attributes: [],
    optIn: [],
    instrument,
    ...more,
  }) as Metric

/** Every shape that a number, a time and an attribute may have. */
function everything(): MetricSeries[] {
  const counter = new MetricSeries(metric('counter'))
  const one = counter.create(
    { text: 'x"\\ä漢🦊\u2028<&>', n: 443, negative: -5, share: 1.5, empty: '' },
    1000.25,
  )
  counter.add(one, 12_345_678_901, 0)
  counter.add(counter.create({}, 1_699_999_999_999), 2 ** 53, 0)
  counter.add(counter.create({ a: 'no start' }, 0), 0.5, 0)
  const gauge = new MetricSeries(metric('gauge', { description: '', unit: '' }))
  const values = [
    0.5, 0, -0, 3, -2.25, 123_456, 1_234_567, 123_456_789.123, 1e20, 1e21, 1e-4, 1e-5, 1e-7, 5e-324,
  ]
  for (const value of [...values, Number.NaN, Infinity, -Infinity, 1.7976931348623157e308]) {
    gauge.set(gauge.create({ v: `${value}` }, 1000), value, 0)
  }
  const histogram = new MetricSeries(metric('histogram', { buckets: [0.1, 1, 2.5e10] }))
  const seen = histogram.create({ a: 'b' }, 1000)
  observe(histogram, seen, [0.5, 5, 1e11], 0)
  histogram.create({ a: 'nothing' }, 1000)
  const unbounded = new MetricSeries(metric('histogram', { name: 'netsonde.test.unbounded', buckets: [] }))
  observe(unbounded, unbounded.create({}, 1000), [0.25], 0)
  const level = new MetricSeries(metric('updowncounter'))
  level.add(level.create({ a: 'b' }, 1000), -5, 0)
  return [counter, gauge, histogram, unbounded, level]
}

const resource = { 'service.name': 'netsonde', 'service.version': '0.1.0', 'host.name': 'node-a' }
const nowMs = 1_700_000_000_123.5

/** Sends all to a Collector, and returns what that wrote and said. */
async function exported(collector: Collector, all: readonly MetricSeries[], sender: Sender) {
  const sources = all.map((series) => ({ series, isDone: () => false }))
  for (const request of new MetricsEncoder(resource, 'cumulative').requests(sources, nowMs, 4 << 20)) {
    expect(await sender.send(request, 5000)).toEqual({ kind: 'accepted', rejected: 0, message: '' })
  }
  sender.hangUp()
  return until(async () => {
    const found = await collector.text()
    return found.file.endsWith('\n') && [...found.log.matchAll(/^\t\{/gm)].length === 2 ? found : undefined
  })
}

test.for(['gRPC', 'HTTP'])(
  'lines of the file exporter and of debug are what the Collector writes of the same export by %s',
  async (protocol, { skip }) => {
    skip(missing !== false, String(missing))
    await using collector = await startCollector(0, ['normal', 'detailed'])
    const { host, port } = collector.endpoint
    const common = { compression: 'gzip', headers: {}, tls: undefined } as const
    const all = everything()
    const { file, log } = await exported(
      collector,
      all,
      protocol === 'gRPC'
        ? new GrpcSender({ ...common, address: `${host}:${port}`, open: openFast })
        : new HttpSender({
            ...common,
            repeatable: true,
            url: new URL(`http://${host}:${collector.httpPort}/v1/metrics`),
          }),
    )

    const slots = (series: MetricSeries) => Array.from({ length: series.end }, (_, slot) => slot)
    const parts = all.map((series) => ({ series, slots: slots(series) }))
    expect(`${new JsonEncoder(resource).line(parts, nowMs)}\n`).toBe(file)

    const blocks = log.split(/^\t\{.*$/m).map((block) => /\t(ResourceMetrics #0[\s\S]*)\n$/.exec(block)?.[1])
    const told = all.map((series) => ({ metric: series.metric, series: [...series] }))
    // Node's readline, which reads what the Collector says, takes U+2028 for the end of a line.
    const read = (lines: Iterable<string>) => [...lines].join('\n').replaceAll('\u2028', '\n')
    expect(blocks.find((block) => block?.includes('{'))).toBe(read(normalLines(resource, told)))
    expect(blocks.find((block) => block?.includes('Descriptor'))).toBe(
      read(detailedLines(resource, told, nowMs)),
    )
  },
)
