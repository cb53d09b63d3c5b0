import type { ExporterFactory } from '../../pipeline/component.ts'
import { type OtlpHttpConfig, schema, validate } from './config.ts'

export const otlpHttp = {
  kind: 'exporter',
  type: 'otlp_http',
  aliases: ['otlphttp'],
  stability: 'alpha',
  schema,
  validate,
  async create(config, settings) {
    const { createOtlpHttp } = await import('./exporter.ts')
    return createOtlpHttp(config, settings)
  },
} satisfies ExporterFactory<OtlpHttpConfig>
