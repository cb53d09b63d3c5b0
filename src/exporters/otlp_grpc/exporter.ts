import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { createEmptyMetadata } from '@opentelemetry/otlp-grpc-exporter-base'
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { formatEndpoint } from '../../config/endpoint.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import { routeDiag } from '../../pipeline/otel-diag.ts'
import { createMetricProducer } from '../../pipeline/otel-metrics.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import { storeOf } from '../../pipeline/store-of.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { Outages } from './outage.ts'

/**
 * Sends the series of all pipelines that end here, cumulative, at each interval and once more at the end.
 *
 * A Collector that is away is no error: the next export that arrives carries everything.
 */
export function createOtlpGrpc(config: OtlpGrpcConfig, settings: Settings): Exporter {
  const stores = new Set<SeriesStore>()
  let diag: Disposable | undefined
  let outages: Outages | undefined
  let reader: PeriodicExportingMetricReader | undefined
  let closing: Promise<void> | undefined
  const endpoint = formatEndpoint(config.endpoint)
  // So that the deadline of the call speaks before the reader's own, which is the interval.
  const timeoutMs = Math.ceil(Math.min(config.timeout, 0.9 * config.interval))

  function open(): void {
    const exporter = new OTLPMetricExporter({
      url: `${config.tls.insecure ? 'http' : 'https'}://${endpoint}`,
      metadata: metadataOf(config.headers),
      compression: config.compression as NonNullable<OtlpOptions['compression']>,
      timeoutMillis: timeoutMs,
    })
    outages = new Outages(exporter, settings.log, endpoint, settings.now)
    reader = new PeriodicExportingMetricReader({
      exporter: outages,
      exportIntervalMillis: config.interval,
      exportTimeoutMillis: config.interval,
    })
    reader.setMetricProducer(
      createMetricProducer({
        stores,
        resource: settings.resource,
        now: settings.now,
        describe: ({ name, unit }) => ({ name, unit }),
      }),
    )
  }

  async function close(): Promise<void> {
    outages?.close()
    try {
      // Sends once more, after an export that is under way.
      await reader?.shutdown({ timeoutMillis: config.timeout })
    } catch {
      tellLoss(`no answer within ${config.timeout} ms`)
      outages?.end()
      return
    } finally {
      diag?.[Symbol.dispose]()
    }
    if (outages?.lastFailure !== undefined) tellLoss(outages.lastFailure)
  }

  function tellLoss(error: string): void {
    settings.log.error('the last export did not arrive', { endpoint, error })
  }

  return {
    async start() {
      diag = routeDiag(settings.log)
      open()
    },

    consume(batch) {
      stores.add(storeOf(batch))
    },

    async [Symbol.asyncDispose]() {
      closing ??= close()
      await closing
    },
  }
}

type OtlpOptions = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>

function metadataOf(headers: Readonly<Record<string, string>>) {
  const metadata = createEmptyMetadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return metadata
}
