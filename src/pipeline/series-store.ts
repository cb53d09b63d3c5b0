import type { Metric, MetricName } from '../catalogue/metrics.ts'
import type { AttributeValue } from './point-batch.ts'

/** One series: its total since `startMs` for a counter, its newest value for a gauge. */
export interface Series {
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly startMs: number
  value: number
  /** End of the last interval that touched it. */
  updatedMs: number
}

/** The series of one pipeline, by metric. Written by cardinality_limit, read by every exporter. */
export class SeriesStore {
  private readonly byMetric = new Map<MetricName, MetricSeries>()

  of(metric: Metric & { readonly name: MetricName }): MetricSeries {
    let found = this.byMetric.get(metric.name)
    if (!found) {
      found = new MetricSeries(metric)
      this.byMetric.set(metric.name, found)
    }
    return found
  }

  /** The metrics that have a series, with their series. */
  [Symbol.iterator](): Iterator<MetricSeries> {
    return this.byMetric.values()
  }
}

export class MetricSeries implements Iterable<Series> {
  readonly metric: Metric
  private readonly byKey = new Map<string, Series>()

  constructor(metric: Metric) {
    this.metric = metric
  }

  get size(): number {
    return this.byKey.size
  }

  [Symbol.iterator](): Iterator<Series> {
    return this.byKey.values()
  }

  get(key: string): Series | undefined {
    return this.byKey.get(key)
  }

  add(key: string, attributes: Record<string, AttributeValue>, startMs: number): Series {
    const series: Series = { attributes, startMs, value: 0, updatedMs: startMs }
    this.byKey.set(key, series)
    return series
  }

  /** Adds to a counter, replaces a gauge. */
  record(series: Series, value: number, endMs: number): void {
    if (this.metric.instrument === 'gauge') series.value = value
    else series.value += value
    series.updatedMs = endMs
  }
}
