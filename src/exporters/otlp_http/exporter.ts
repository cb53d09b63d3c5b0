import { createOtlpExporter } from '../../otlp/exporter.ts'
import { TlsFiles } from '../../otlp/tls-files.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import { metricsUrl, type OtlpHttpConfig } from './config.ts'
import { HttpSender } from './sender.ts'

/** OTLP over HTTP, as protobuf. */
export function createOtlpHttp(config: OtlpHttpConfig, settings: Settings): Exporter {
  const url = metricsUrl(config)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const tls =
    url.protocol === 'https:'
      ? new TlsFiles(config.tls, host, `exporters::${settings.id}::tls`, settings.log)
      : undefined
  const repeatable = config.temporality === 'cumulative'
  const sender = new HttpSender({ ...config, url, tls, repeatable })
  return createOtlpExporter(config, settings, { endpoint: url.href, tls, sender })
}
