import { metricByName } from '../../catalogue/metrics.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import { storeOf } from '../../pipeline/store-of.ts'
import type { DebugConfig } from './config.ts'
import { detailedLines, normalLines, type Told } from './text.ts'

/** Writes to the log what passes, line by line as the Collector's debug exporter does. */
export function createDebug({ verbosity }: DebugConfig, { log, resource, now }: Settings): Exporter {
  return {
    async start() {},

    consume(batch) {
      const told = movedBy(batch)
      const points = told.reduce((total, { series }) => total + series.length, 0)
      log.info('Metrics', { 'resource metrics': 1, metrics: told.length, 'data points': points })
      if (verbosity === 'basic' || points === 0) return
      const lines =
        verbosity === 'normal' ? normalLines(resource, told) : detailedLines(resource, told, now())
      for (const line of lines) log.info(line)
    },

    async [Symbol.asyncDispose]() {},
  }
}

/** The series that the batch's interval touched, of the metrics that it has. */
function movedBy(batch: PointBatch): Told[] {
  const store = storeOf(batch)
  const told: Told[] = []
  for (const name of batch.values.keys()) {
    const metric = metricByName.get(name)
    if (!metric) continue
    const series = [...store.of(metric)].filter(({ updatedMs }) => updatedMs === batch.endMs)
    if (series.length > 0) told.push({ metric, series })
  }
  return told
}
