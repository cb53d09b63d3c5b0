import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { createOtlpGrpcExportDelegate } from '@opentelemetry/otlp-grpc-exporter-base'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { EncodedRequest } from '../../otlp/metrics-encoder.ts'
import { itemsHelper, Serializer } from '../../otlp/serializer.ts'
import { version } from '../../version.ts'
import type { Channel, ChannelOptions } from './sender.ts'

const USER_AGENT = `netsonde/${version}`

/** The official transport with bytes that are encoded already. */
export function openFast(options: ChannelOptions): Channel {
  const { address, compression, metadata, credentials, timeoutMs } = options
  const serializer = new Serializer()
  const delegate = createOtlpGrpcExportDelegate<EncodedRequest, object>(
    {
      url: address,
      compression: compression as 'gzip' & typeof compression,
      timeoutMillis: timeoutMs,
      concurrencyLimit: 2,
      metadata: () => metadata,
      credentials: () => credentials,
      userAgent: USER_AGENT,
    } as Parameters<typeof createOtlpGrpcExportDelegate>[0],
    serializer,
    'otlp_grpc_metric_exporter',
    itemsHelper,
    undefined,
    'MetricsExportService',
    '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  )
  return {
    async export(request) {
      const { promise, resolve } = Promise.withResolvers<Error | undefined>()
      delegate.export(request, ({ error }) => resolve(error))
      return (await promise) ?? serializer.partialSuccess
    },
    shutdown: () => delegate.shutdown(),
  }
}

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
