import type { Metric } from '../../catalogue/metrics.ts'
import { isInt64 } from '../../otlp/numbers.ts'
import type { Attributes, Series } from '../../pipeline/metric-series.ts'
import { shortest, sixDecimals, timestamp } from './go.ts'

export interface Told {
  readonly metric: Metric
  readonly series: readonly Series[]
}

type Resource = Readonly<Record<string, string>>

/** The lines of the Collector's debug exporter at verbosity normal. */
export function* normalLines(resource: Resource, told: readonly Told[]): Generator<string> {
  yield ['ResourceMetrics #0', ...Object.entries(resource).map(([key, value]) => `${key}=${value}`)].join(' ')
  yield `ScopeMetrics #0 ${['netsonde', resource['service.version']].filter(Boolean).join('@')}`
  for (const { metric, series } of told) {
    for (const each of series) {
      const pairs = Object.entries(each.attributes).map(([key, value]) => `${key}=${value}`)
      yield `${metric.name}{${pairs.join(',')}} ${inOneLine(metric, each)}`
    }
  }
}

function inOneLine(metric: Metric, { value, counts }: Series): string {
  if (metric.instrument !== 'histogram') return isCount(metric, value) ? whole(value) : shortest(value)
  const buckets = (counts ?? []).map((count, i) => {
    const bound = metric.buckets[i]
    return bound === undefined ? whole(count) : `le${shortest(bound)}=${count}`
  })
  return [`count=${total(counts)}`, `sum=${shortest(value)}`, ...buckets].join(' ')
}

/** The lines of the Collector's debug exporter at verbosity detailed. */
export function* detailedLines(resource: Resource, told: readonly Told[], nowMs: number): Generator<string> {
  yield 'ResourceMetrics #0'
  yield 'Resource SchemaURL: '
  yield* attributeLines('Resource attributes:', resource)
  yield 'ScopeMetrics #0'
  yield 'ScopeMetrics SchemaURL: '
  yield `InstrumentationScope ${['netsonde', resource['service.version'] ?? ''].join(' ')}`
  for (const [i, { metric, series }] of told.entries()) {
    yield `Metric #${i}`
    yield* descriptorLines(metric)
    for (const [n, each] of series.entries()) yield* pointLines(metric, each, n, nowMs)
  }
}

function* descriptorLines({ name, description, unit, instrument }: Metric): Generator<string> {
  yield 'Descriptor:'
  yield `     -> Name: ${name}`
  yield `     -> Description: ${description}`
  yield `     -> Unit: ${unit}`
  yield `     -> DataType: ${TYPES[instrument]}`
  if (instrument === 'gauge') return
  if (instrument !== 'histogram') yield `     -> IsMonotonic: ${instrument === 'counter'}`
  yield '     -> AggregationTemporality: Cumulative'
}

const TYPES = { counter: 'Sum', updowncounter: 'Sum', gauge: 'Gauge', histogram: 'Histogram' } as const

function* pointLines(metric: Metric, each: Series, n: number, nowMs: number): Generator<string> {
  const { attributes, startMs, value, counts = [] } = each
  const histogram = metric.instrument === 'histogram'
  yield `${histogram ? 'Histogram' : 'Number'}DataPoints #${n}`
  yield* attributeLines('Data point attributes:', attributes)
  yield `StartTimestamp: ${timestamp(startMs)}`
  yield `Timestamp: ${timestamp(nowMs)}`
  if (!histogram) {
    yield `Value: ${isCount(metric, value) ? whole(value) : sixDecimals(value)}`
    return
  }
  yield `Count: ${total(counts)}`
  yield `Sum: ${sixDecimals(value)}`
  for (const [i, bound] of metric.buckets.entries()) yield `ExplicitBounds #${i}: ${sixDecimals(bound)}`
  for (const [i, count] of counts.entries()) yield `Buckets #${i}, Count: ${count}`
}

function* attributeLines(title: string, attributes: Attributes): Generator<string> {
  const pairs = Object.entries(attributes)
  if (pairs.length > 0) yield title
  for (const [key, value] of pairs) yield `     -> ${key}: ${typed(value)}`
}

function typed(value: string | number): string {
  if (typeof value === 'string') return `Str(${value})`
  return isInt64(value) ? `Int(${whole(value)})` : `Double(${shortest(value)})`
}

/** Whether it goes as an integer. */
function isCount({ instrument }: Metric, value: number): boolean {
  return instrument !== 'gauge' && isInt64(value)
}

function whole(value: number): string {
  return String(BigInt(value))
}

function total(counts: readonly number[] = []): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
