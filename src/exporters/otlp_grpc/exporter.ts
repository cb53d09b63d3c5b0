import { formatEndpoint } from '../../config/endpoint.ts'
import { createOtlpExporter } from '../../otlp/exporter.ts'
import type { Content } from '../../otlp/pusher.ts'
import type { Sources } from '../../otlp/sources.ts'
import { TlsFiles } from '../../otlp/tls-files.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import { routeDiag } from '../../pipeline/otel-diag.ts'
import { createMetricProducer } from '../../pipeline/otel-metrics.ts'
import { type OfficialRequest, openFast, openOfficial } from './channels.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { GrpcSender } from './sender.ts'

/** OTLP over gRPC. */
export function createOtlpGrpc(config: OtlpGrpcConfig, settings: Settings): Exporter {
  const address = formatEndpoint(config.endpoint)
  const tls = config.tls.insecure
    ? undefined
    : new TlsFiles(config.tls, config.endpoint.host, `exporters::${settings.id}::tls`, settings.log)
  const official = config.serializer === 'official'
  const sender = new GrpcSender({ ...config, address, tls, open: official ? openOfficial : openFast })
  const exporter = createOtlpExporter(config, settings, {
    endpoint: address,
    tls,
    sender,
    ...(official && { content: (sources) => officialContent(sources, settings) }),
  })
  let diag: Disposable | undefined

  return {
    ...exporter,
    async start() {
      diag = routeDiag(settings.log)
      await exporter.start()
    },
    async [Symbol.asyncDispose]() {
      await exporter[Symbol.asyncDispose]()
      diag?.[Symbol.dispose]()
    },
  }
}

/** Everything in one request, of any size. */
function officialContent(sources: Sources, { resource, now }: Settings): Content {
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
