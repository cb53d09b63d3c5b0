import type { Schema } from 'convict'
import type { Exporter, Settings } from '../../src/pipeline/component.ts'
import { createCardinalityLimit } from '../../src/processors/cardinality_limit/processor.ts'
import { configOf } from '../contract/config-of.ts'
import { batchOf } from './batch.ts'
import { settingsOf, type TestSettings } from './settings.ts'

export interface Exporting {
  readonly exporter: Exporter
  readonly settings: TestSettings
  /** One interval with 10 bytes more, in a series for each transport. */
  traffic(...transports: string[]): Promise<void>
  /** Of netsonde.exporter.*, by outcome or error type. */
  counted(): Readonly<Record<string, number>>
}

/** An exporter that has started, behind cardinality_limit as in a pipeline. */
export async function exporting<Config>(
  factory: {
    readonly type: string
    readonly schema: Schema<Config>
    create(config: Config, settings: Settings): Exporter | Promise<Exporter>
  },
  written: object,
): Promise<Exporting> {
  const settings = settingsOf(factory.type, { now: () => 1_700_000_000_000 })
  const exporter = await factory.create(configOf(factory.schema, written) as Config, settings)
  await exporter.start()
  const processor = createCardinalityLimit(
    configOf((await import('../../src/processors/cardinality_limit/config.ts')).schema) as never,
    settingsOf('cardinality_limit'),
    exporter,
  )
  let intervals = 0
  return {
    exporter,
    settings,
    async traffic(...transports) {
      const rows = transports.length > 0 ? transports : ['tcp']
      await processor.consume(
        batchOf({
          startMs: 1_699_999_990_000 + 5000 * intervals++,
          columns: { 'network.transport': rows, 'network.type': rows.map(() => 'ipv4') },
          values: {
            'netsonde.flow.io': rows.map(() => 10),
            'netsonde.capture.coverage': rows.map(() => 0.5),
          },
        }),
      )
    },
    counted() {
      const found: Record<string, number> = {}
      for (const series of settings.telemetry) {
        for (const { attributes, value } of series) {
          const { exporter: _, ...rest } = attributes as Record<string, string>
          found[String(Object.values(rest)[0])] = value
        }
      }
      return found
    },
  }
}
