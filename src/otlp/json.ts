import type { Attributes, MetricSeries } from '../pipeline/metric-series.ts'
import { isInt64, timeDigits } from './numbers.ts'

/** Points of one metric for one line: their slots. */
export interface JsonPart {
  readonly series: MetricSeries
  readonly slots: readonly number[]
}

/**
 * OTLP as JSON, letter by letter as the Collector's pdata writes it: 64 bit integers as text, what is empty or 0 left out.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export class JsonEncoder {
  private readonly resource: string
  private readonly scope: string
  /** The store hands out the same object as long as a series lives. */
  private readonly texts = new WeakMap<Attributes, string>()

  constructor(resource: Attributes) {
    this.resource = `{${attributesText(resource).slice(0, -1)}}`
    const version = resource['service.version']
    this.scope = `{"name":"netsonde"${version === undefined ? '' : `,"version":${quoted(String(version))}`}}`
  }

  /** @returns one line, without its end */
  line(parts: readonly JsonPart[], nowMs: number): string {
    const metrics = parts.map((part) => this.metric(part, nowMs)).join(',')
    return `{"resourceMetrics":[{"resource":${this.resource},"scopeMetrics":[{"scope":${this.scope},"metrics":[${metrics}]}]}]}`
  }

  private metric({ series, slots }: JsonPart, nowMs: number): string {
    const { name, description, unit, instrument } = series.metric
    const points = slots.map((slot) => this.point(series, slot, nowMs)).join(',')
    const described =
      `"name":${quoted(name)}` +
      (description && `,"description":${quoted(description)}`) +
      (unit && `,"unit":${quoted(unit)}`)
    if (instrument === 'gauge') return `{${described},"gauge":{"dataPoints":[${points}]}}`
    const monotonic = instrument === 'counter' ? ',"isMonotonic":true' : ''
    const kind = instrument === 'histogram' ? 'histogram' : 'sum'
    return `{${described},"${kind}":{"dataPoints":[${points}],"aggregationTemporality":2${monotonic}}}`
  }

  private point(series: MetricSeries, slot: number, nowMs: number): string {
    const startMs = series.startMs[slot] as number
    const start = startMs === 0 ? '' : `"startTimeUnixNano":"${timeDigits(startMs)}",`
    const time = `"timeUnixNano":"${timeDigits(nowMs)}",`
    const attributes = this.attributes(series.attributes(slot))
    const value = series.stride > 0 ? histogramText(series, slot) : numberText(series, slot)
    return `{${attributes}${start}${time}${value}}`
  }

  private attributes(attributes: Attributes): string {
    let text = this.texts.get(attributes)
    if (text === undefined) {
      text = attributesText(attributes)
      this.texts.set(attributes, text)
    }
    return text
  }
}

/** With a comma at the end; nothing where there are none. */
function attributesText(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => `{"key":${quoted(key)},"value":{${valueText(value)}}}`,
  )
  return pairs.length > 0 ? `"attributes":[${pairs.join(',')}],` : ''
}

function valueText(value: string | number): string {
  if (typeof value === 'string') return `"stringValue":${quoted(value)}`
  return isInt64(value) ? `"intValue":"${BigInt(value)}"` : `"doubleValue":${double(value)}`
}

function numberText({ metric, values }: MetricSeries, slot: number): string {
  const value = values[slot] as number
  const whole = metric.instrument !== 'gauge' && isInt64(value)
  return whole ? `"asInt":"${BigInt(value)}"` : `"asDouble":${double(value)}`
}

function histogramText({ values, counts, stride, bounds }: MetricSeries, slot: number): string {
  const own = Array.from(counts.subarray(slot * stride, (slot + 1) * stride))
  const count = own.reduce((total, each) => total + each, 0)
  return (
    (count === 0 ? '' : `"count":"${count}",`) +
    `"sum":${double(values[slot] as number)},"bucketCounts":[${own.map((each) => `"${each}"`).join(',')}]` +
    (bounds.length > 0 ? `,"explicitBounds":[${bounds.map(double).join(',')}]` : '')
  )
}

/** As Go writes it: JSON has no NaN and no infinities, a minus before nothing stays, exponents have two digits. */
function double(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`
  if (Object.is(value, -0)) return '-0'
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** Half of a surrogate pair is no text: a reader of UTF-8 would refuse the line. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed())
}
