import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { EncodedRequest } from '../../otlp/metrics-encoder.ts'
import type { Content } from '../../otlp/pusher.ts'
import type { Sources } from '../../otlp/sources.ts'
import type { Settings } from '../../pipeline/component.ts'
import { createMetricProducer } from '../../pipeline/otel-metrics.ts'
import { type Channel, type ChannelOptions, USER_AGENT } from './sender.ts'

/** A request that the official exporter encodes by itself. */
export interface OfficialRequest extends EncodedRequest {
  readonly metrics: ResourceMetrics
}

/** The official exporter as it is. What it does not take apart, as a partial success, goes to the log by itself. */
export function openOfficial(options: ChannelOptions): Channel {
  const { address, compression, metadata, credentials, timeoutMs } = options
  const exporter = withoutOtlpVariables(
    () =>
      new OTLPMetricExporter({
        url: `${credentials._isSecure() ? 'https' : 'http'}://${address}`,
        compression,
        timeoutMillis: timeoutMs,
        metadata,
        credentials,
        userAgent: USER_AGENT,
      } as ConstructorParameters<typeof OTLPMetricExporter>[0]),
  )
  return {
    async export(request) {
      const { promise, resolve } = Promise.withResolvers<Error | undefined>()
      exporter.export((request as OfficialRequest).metrics, ({ error }) => resolve(error))
      return (await promise) ?? { rejected: 0, message: '' }
    },
    shutdown: () => exporter.shutdown(),
  }
}

/** The official exporter takes from OTEL_EXPORTER_OTLP_* what it is not told; here the configuration alone counts. */
function withoutOtlpVariables<T>(make: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_EXPORTER_OTLP_'))
  for (const [name] of hidden) delete process.env[name]
  try {
    return make()
  } finally {
    for (const [name, value] of hidden) process.env[name] = value
  }
}

/** Everything in one request, of any size. */
export function officialContent(sources: Sources, { resource, now }: Settings): Content {
  const producer = createMetricProducer({
    stores: { [Symbol.iterator]: () => sources.stores[Symbol.iterator]() },
    resource,
    now,
    describe: ({ name, unit }) => ({ name, unit }),
  })
  let acknowledge = () => {}
  return {
    async *read() {
      acknowledge = sources.read().acknowledge
      const { resourceMetrics: metrics } = await producer.collect()
      const points = metrics.scopeMetrics
        .flatMap((scope) => scope.metrics)
        .reduce((total, { dataPoints }) => total + dataPoints.length, 0)
      const request = { bytes: new Uint8Array(0), points, deltas: 0, acknowledge() {}, metrics }
      if (points > 0) yield request satisfies OfficialRequest
    },
    acknowledge: () => acknowledge(),
  }
}
