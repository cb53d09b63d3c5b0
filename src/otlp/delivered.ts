import type { MetricSeries } from '../pipeline/metric-series.ts'
import { larger } from './larger.ts'

/** What of each series was sent, or has arrived: values by entry of a PointImage, with their time. For delta. */
export class Delivered {
  timesMs: Float64Array
  values: Float64Array
  private counts: Float64Array
  private readonly stride: number

  constructor(capacity: number, stride: number) {
    this.timesMs = new Float64Array(capacity)
    this.values = new Float64Array(capacity)
    this.counts = new Float64Array(capacity * stride)
    this.stride = stride
  }

  get columns(): { readonly values: Float64Array; readonly counts: Float64Array } {
    return { values: this.values, counts: this.counts }
  }

  begin(entry: number, startMs: number): void {
    this.timesMs[entry] = startMs
    this.values[entry] = 0
    this.counts.fill(0, entry * this.stride, (entry + 1) * this.stride)
  }

  read(series: MetricSeries, slot: number, entry: number): void {
    const { stride } = this
    this.values[entry] = series.values[slot] as number
    for (let bucket = 0; bucket < stride; bucket++) {
      this.counts[entry * stride + bucket] = series.counts[slot * stride + bucket] as number
    }
  }

  take(from: Delivered, theirs: number, entry: number, timeMs: number): void {
    const { stride } = this
    this.timesMs[entry] = timeMs
    this.values[entry] = from.values[theirs] as number
    this.counts.set(from.counts.subarray(theirs * stride, (theirs + 1) * stride), entry * stride)
  }

  grow(capacity: number): void {
    this.timesMs = larger(this.timesMs, capacity)
    this.values = larger(this.values, capacity)
    this.counts = larger(this.counts, capacity * this.stride)
  }
}
