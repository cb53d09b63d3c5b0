import { formatEndpoint } from '../../config/endpoint.ts'
import { createOtlpExporter } from '../../otlp/exporter.ts'
import { TlsFiles } from '../../otlp/tls-files.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import { routeDiag } from '../../pipeline/otel-diag.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { openFast } from './fast.ts'
import { GrpcSender } from './sender.ts'

/** OTLP over gRPC. */
export async function createOtlpGrpc(config: OtlpGrpcConfig, settings: Settings): Promise<Exporter> {
  const address = formatEndpoint(config.endpoint)
  const tls = config.tls.insecure
    ? undefined
    : new TlsFiles(config.tls, config.endpoint.host, `exporters::${settings.id}::tls`, settings.log)
  // With the whole SDK behind it, which nobody else needs.
  const official = config.serializer === 'official' ? await import('./official.ts') : undefined
  const sender = new GrpcSender({ ...config, address, tls, open: official?.openOfficial ?? openFast })
  const exporter = createOtlpExporter(config, settings, {
    endpoint: address,
    tls,
    sender,
    ...(official && { content: (sources) => official.officialContent(sources, settings) }),
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
