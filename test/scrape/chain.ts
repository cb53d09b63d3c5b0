import { otlpGrpc } from '../../src/exporters/otlp_grpc/factory.ts'
import { prometheus } from '../../src/exporters/prometheus/factory.ts'
import type { Consumer, Exporter } from '../../src/pipeline/component.ts'
import { fanOut } from '../../src/pipeline/fan-out.ts'
import { cardinalityLimit } from '../../src/processors/cardinality_limit/factory.ts'
import { configOf } from '../contract/config-of.ts'
import { settingsOf, type TestSettings } from '../rig/settings.ts'

export interface Chain extends Consumer, AsyncDisposable {
  /** Of /metrics. */
  readonly url: string
  scrape(): Promise<string>
  readonly otlp: TestSettings
}

interface ChainOptions {
  readonly limit?: object
  /** More of what is written of the Prometheus exporter. */
  readonly prometheus?: object
  /** Where the Collector is, if there is one. */
  readonly otlp?: object
  readonly now?: () => number
}

/** cardinality_limit with both exporters behind it, as a pipeline connects them. */
export async function startChain(options: ChainOptions = {}): Promise<Chain> {
  const { limit = {}, otlp, now = Date.now } = options
  const settings = { prometheus: settingsOf('prometheus', { now }), otlp: settingsOf('otlp_grpc', { now }) }
  const exporters: Exporter[] = [
    await prometheus.create(
      configOf(prometheus.schema, { endpoint: 'localhost:0', ...options.prometheus }) as never,
      settings.prometheus,
    ),
  ]
  if (otlp) exporters.push(await otlpGrpc.create(configOf(otlpGrpc.schema, otlp) as never, settings.otlp))
  const config = configOf(cardinalityLimit.schema, limit) as never
  const head = cardinalityLimit.create(config, settingsOf('cardinality_limit'), fanOut(exporters))

  for (const exporter of exporters) await exporter.start()
  const url = String((await settings.prometheus.said('listening')).fields.url)
  return {
    url,
    scrape: async () => (await fetch(url)).text(),
    otlp: settings.otlp,
    consume: (batch) => head.consume(batch),
    async [Symbol.asyncDispose]() {
      await Promise.all(exporters.map((exporter) => exporter[Symbol.asyncDispose]()))
    },
  }
}
