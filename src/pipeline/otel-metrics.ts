import { ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { Metric } from '../catalogue/metrics.ts'
import { SeriesMerger } from './merge-series.ts'
import type { Series } from './metric-series.ts'
import type { SeriesStore } from './series-store.ts'

export interface ProducerOptions {
  /** Looked at anew for each collection: stores may be added. */
  readonly stores: Iterable<SeriesStore>
  readonly resource: Readonly<Record<string, string>>
  /** Milliseconds since the epoch: the time of each point. */
  readonly now: () => number
  /** What the exporter calls a metric. */
  readonly describe: (metric: Metric) => { readonly name: string; readonly unit: string }
}

/** Hands series stores to the official exporters: cumulative, one scope, metrics without series left out. */
export function createMetricProducer({ stores, resource, now, describe }: ProducerOptions): MetricProducer {
  const merger = new SeriesMerger()
  const described = resourceFromAttributes(resource)
  const version = resource['service.version']
  const scope = { name: 'netsonde', ...(version !== undefined && { version }) }

  return {
    async collect() {
      const endTime = hrTime(now())
      const metrics = merger
        .merge(stores)
        .map((series) => metricData(series.metric, describe(series.metric), series, endTime))
      return {
        resourceMetrics: {
          resource: described,
          scopeMetrics: metrics.length > 0 ? [{ scope, metrics }] : [],
        },
        errors: [],
      }
    },
  }
}

function metricData(
  metric: Metric,
  { name, unit }: { readonly name: string; readonly unit: string },
  series: Iterable<Series>,
  endTime: [number, number],
): MetricData {
  const { instrument, description } = metric
  const summed = instrument === 'counter' || instrument === 'updowncounter'
  const base = {
    // Bytes and things are counted in whole numbers.
    descriptor: { name, unit, description, valueType: summed ? ValueType.INT : ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  const numbers = () => pointsOf(series, endTime, ({ value }) => value)
  if (summed)
    return {
      ...base,
      dataPointType: DataPointType.SUM,
      isMonotonic: instrument === 'counter',
      dataPoints: numbers(),
    }
  if (metric.instrument === 'histogram') {
    const { buckets } = metric
    const dataPoints = pointsOf(series, endTime, (each) => histogram(buckets, each))
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  return { ...base, dataPointType: DataPointType.GAUGE, dataPoints: numbers() }
}

function histogram(buckets: readonly number[], { value, counts = [] }: Series): Histogram {
  return {
    buckets: { boundaries: [...buckets], counts: [...counts] },
    sum: value,
    count: counts.reduce((total, count) => total + count, 0),
  }
}

function pointsOf<T>(
  series: Iterable<Series>,
  endTime: [number, number],
  read: (series: Series) => T,
): DataPoint<T>[] {
  return Array.from(series, (each) => ({
    attributes: each.attributes,
    startTime: hrTime(each.startMs),
    endTime,
    value: read(each),
  }))
}

/** @returns seconds and nanoseconds since the epoch */
function hrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
