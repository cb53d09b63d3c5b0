import type { MetricSeries } from '../../src/pipeline/metric-series.ts'

/** Adds observations to one series of a histogram. */
export function observe(series: MetricSeries, slot: number, values: readonly number[], endMs: number): void {
  series.observe(Int32Array.of(slot), new Uint32Array(values.length), Float64Array.from(values), endMs)
}
