import type { MetricSeries } from '../pipeline/metric-series.ts'
import { type Attributes, writeAttributes, writeHead } from './attributes.ts'
import { isInt64, writeInt64 } from './numbers.ts'
import { FIXED64, ProtoWriter, varintSize } from './protobuf.ts'

/** Positions in a point's message, of the 8 bytes each that change. What does not change stands behind them. */
export const START = 1
export const TIME = 10
const VALUE_TAG = 18
const VALUE = 19
const COUNT = 19
const SUM = 28
const BUCKETS_LENGTH = 37

const AS_DOUBLE = 4 * 8 + FIXED64
const AS_INT = 6 * 8 + FIXED64

/**
 * One data point as an element of `data_points`, its times and values still 0.
 *
 * @returns its bytes, and where in them its message begins
 * @see https://github.com/open-telemetry/opentelemetry-proto, metrics/v1/metrics.proto
 */
export function layOut(attributes: Attributes, bounds: readonly number[], histogram: boolean) {
  const point = new ProtoWriter()
  zero(point, 2)
  zero(point, 3)
  if (histogram) {
    zero(point, 4)
    zero(point, 5)
    writeHead(point, 6, (bounds.length + 1) * 8)
    for (let i = 0; i <= bounds.length; i++) point.double(0)
    if (bounds.length > 0) {
      writeHead(point, 7, bounds.length * 8)
      for (const bound of bounds) point.double(bound)
    }
    writeAttributes(point, 9, attributes)
  } else {
    zero(point, 4)
    writeAttributes(point, 7, attributes)
  }
  const element = new ProtoWriter(point.length + 8)
  writeHead(element, 1, point.length)
  const at = element.length
  element.raw(point.finish())
  return { bytes: element.finish(), at }
}

function zero(to: ProtoWriter, field: number): void {
  to.tag(field, FIXED64)
  to.double(0)
}

/** @param whole as an integer where int64 holds it: counts of things */
export function writeNumber(view: DataView, at: number, value: number, whole: boolean): void {
  if (whole && isInt64(value)) {
    view.setUint8(at + VALUE_TAG, AS_INT)
    writeInt64(view, at + VALUE, value)
  } else {
    view.setUint8(at + VALUE_TAG, AS_DOUBLE)
    view.setFloat64(at + VALUE, value, true)
  }
}

/**
 * @param less what is subtracted: sum and counts that were delivered before, by the same slot's number in `entry`
 * @returns the number of observations written
 */
export function writeHistogram(
  view: DataView,
  at: number,
  { values, counts, stride }: MetricSeries,
  slot: number,
  less?: { readonly values: Float64Array; readonly counts: Float64Array; readonly entry: number },
): number {
  let total = 0
  const first = at + BUCKETS_LENGTH + varintSize(stride * 8)
  for (let bucket = 0; bucket < stride; bucket++) {
    const before = less ? (less.counts[less.entry * stride + bucket] as number) : 0
    const count = (counts[slot * stride + bucket] as number) - before
    total += count
    writeInt64(view, first + bucket * 8, count)
  }
  writeInt64(view, at + COUNT, total)
  view.setFloat64(at + SUM, (values[slot] as number) - (less ? (less.values[less.entry] as number) : 0), true)
  return total
}
