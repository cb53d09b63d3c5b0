import { ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { Metric } from '../catalogue/metrics.ts'
import { mergeSeries } from './merge-series.ts'
import type { Series, SeriesStore } from './series-store.ts'

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
  const described = resourceFromAttributes(resource)
  const version = resource['service.version']
  const scope = { name: 'netsonde', ...(version !== undefined && { version }) }

  return {
    async collect() {
      const endTime = hrTime(now())
      const metrics = mergeSeries(stores).map(({ metric, series }) =>
        metricData(metric, describe(metric), pointsOf(series, endTime)),
      )
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
  dataPoints: DataPoint<number>[],
): MetricData {
  const counter = metric.instrument === 'counter'
  const base = {
    // Bytes and things are counted in whole numbers.
    descriptor: {
      name,
      unit,
      description: metric.description,
      valueType: counter ? ValueType.INT : ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints,
  }
  return counter
    ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true }
    : { ...base, dataPointType: DataPointType.GAUGE }
}

function pointsOf(series: Iterable<Series>, endTime: [number, number]): DataPoint<number>[] {
  const points: DataPoint<number>[] = []
  for (const { attributes, startMs, value } of series) {
    points.push({ attributes, startTime: hrTime(startMs), endTime, value })
  }
  return points
}

/** @returns seconds and nanoseconds since the epoch */
function hrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
