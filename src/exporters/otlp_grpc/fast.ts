import { createOtlpGrpcExportDelegate } from '@opentelemetry/otlp-grpc-exporter-base'
import type { EncodedRequest } from '../../otlp/metrics-encoder.ts'
import { itemsHelper, Serializer } from '../../otlp/serializer.ts'
import { type Channel, type ChannelOptions, USER_AGENT } from './sender.ts'

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
