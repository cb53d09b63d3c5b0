import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { type Access, openAccess } from '../../http/access.ts'
import type { Reply } from '../../http/respond.ts'
import { type HttpServer, serve } from '../../http/server.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import { routeDiag } from '../../pipeline/otel-diag.ts'
import { createMetricProducer } from '../../pipeline/otel-metrics.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import { storeOf } from '../../pipeline/store-of.ts'
import type { PrometheusConfig } from './config.ts'
import { prometheusBaseName } from './names.ts'

/**
 * Serves the series of all pipelines that end here as Prometheus text.
 *
 * Reader and serializer are the official ones. The server is not: theirs listens on one family of
 * localhost, names no version of the format, and closes only when every scraper has gone.
 *
 * @throws {NetsondeError} ENDPOINT_UNUSABLE, TLS_FILE_UNUSABLE, PASSWORD_UNUSABLE from start()
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function createPrometheus(config: PrometheusConfig, settings: Settings): Exporter {
  const stores = new Set<SeriesStore>()
  const reader = new PrometheusExporter({ preventServerStart: true })
  reader.setMetricProducer(
    createMetricProducer({
      stores,
      resource: settings.resource,
      now: settings.now,
      describe: (metric) => ({ name: prometheusBaseName(metric), unit: '' }), // the name has it
    }),
  )
  const serializer = new PrometheusSerializer('', false, undefined, false, true) // no labels for the scope
  let diag: Disposable | undefined
  let access: Access | undefined
  let server: HttpServer | undefined
  let closing: Promise<void> | undefined

  async function scrape(): Promise<Reply> {
    const { resourceMetrics } = await reader.collect()
    const text = serializer.serialize(resourceMetrics)
    return {
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      headers: { vary: 'accept-encoding' },
      // Without metrics the last line is a comment that does not end: parsers refuse that.
      body: [Buffer.from(text.endsWith('\n') ? text : `${text}\n`)],
    }
  }

  async function close(): Promise<void> {
    await server?.[Symbol.asyncDispose]()
    access?.[Symbol.dispose]()
    await reader.shutdown()
    diag?.[Symbol.dispose]()
  }

  return {
    async start() {
      const setting = `exporters::${settings.id}`
      access = await openAccess(config, setting, settings.log)
      server = await serve(
        config.endpoint,
        `${setting}::endpoint`,
        ({ path }) => (path === config.path ? scrape() : undefined),
        access,
      )
      diag = routeDiag(settings.log)
      settings.log.info('listening', { what: 'metrics', url: server.origin + config.path })
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
