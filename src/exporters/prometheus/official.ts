import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { Logger } from '../../pipeline/log.ts'
import { routeDiag } from '../../pipeline/otel-diag.ts'
import { createMetricProducer, type ProducerOptions } from '../../pipeline/otel-metrics.ts'
import { prometheusBaseName } from './names.ts'

export interface OfficialOptions extends Pick<ProducerOptions, 'stores' | 'resource' | 'now'> {
  readonly targetInfo: boolean
  readonly constLabels: Readonly<Record<string, string>>
  /** Gets what OpenTelemetry's packages have to say. */
  readonly log: Logger
}

export interface Official extends AsyncDisposable {
  /** A whole scrape in text 0.0.4. */
  serialize(): Promise<string>
}

/**
 * The official reader and serializer. Their server is left out: it listens on one family of localhost, names no version
 * of the format, and closes only when every scraper has gone.
 */
export function officialSerializer({
  stores,
  resource,
  now,
  targetInfo,
  constLabels,
  log,
}: OfficialOptions): Official {
  const diag = routeDiag(log)
  const reader = new PrometheusExporter({ preventServerStart: true })
  const describe = (metric: Parameters<typeof prometheusBaseName>[0]) => ({
    name: prometheusBaseName(metric),
    unit: '',
  })
  reader.setMetricProducer(createMetricProducer({ stores, resource, now, describe })) // the name has the unit
  const serializer = new PrometheusSerializer('', false, undefined, !targetInfo, true) // no labels for the scope
  const labelled = Object.keys(constLabels).length > 0

  return {
    async serialize() {
      const { resourceMetrics } = await reader.collect()
      if (labelled) for (const { metrics } of resourceMetrics.scopeMetrics) metrics.forEach(addLabels)
      const text = serializer.serialize(resourceMetrics)
      // Without metrics the last line is a comment that does not end: parsers refuse that.
      return text.endsWith('\n') ? text : `${text}\n`
    },
    async [Symbol.asyncDispose]() {
      await reader.shutdown()
      diag[Symbol.dispose]()
    },
  }

  /** The official serializer knows labels of the resource only, and those would be in target_info too. */
  function addLabels({ dataPoints }: MetricData): void {
    for (const point of dataPoints)
      Object.assign(point, { attributes: { ...point.attributes, ...constLabels } })
  }
}
