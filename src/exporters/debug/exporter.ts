import { type Metric, metricByName } from '../../catalogue/metrics.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import type { Series } from '../../pipeline/metric-series.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import { storeOf } from '../../pipeline/store-of.ts'
import type { DebugConfig } from './config.ts'

/** Writes to the log what passes, as the Collector's debug exporter does. */
export function createDebug({ verbosity }: DebugConfig, { log }: Settings): Exporter {
  return {
    async start() {},

    consume(batch) {
      const moved = [...movedBy(batch)]
      if (verbosity === 'basic') {
        log.info('batch', { rows: batch.length, metrics: batch.values.size, series: moved.length })
        return
      }
      for (const [metric, series] of moved) {
        log.info(line(metric, series), verbosity === 'detailed' ? details(metric, series) : {})
      }
    },

    async [Symbol.asyncDispose]() {},
  }
}

/** The series that the batch's interval touched, of the metrics that it has. */
function* movedBy(batch: PointBatch): Generator<[Metric, Series]> {
  const store = storeOf(batch)
  for (const name of batch.values.keys()) {
    const metric = metricByName.get(name)
    if (!metric) continue
    for (const series of store.of(metric)) if (series.updatedMs === batch.endMs) yield [metric, series]
  }
}

/** As the Collector's normal verbosity: `name{key=value,key=value} 12`. */
function line({ name }: Metric, { attributes, value }: Series): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`)
  return `${name}{${pairs.join(',')}} ${value}`
}

function details({ unit, instrument, description }: Metric, series: Series): Record<string, unknown> {
  const { attributes, startMs, updatedMs } = series
  const [start, time] = [startMs, updatedMs].map((ms) => new Date(ms).toISOString())
  return { unit, instrument, description, attributes, start, time }
}
