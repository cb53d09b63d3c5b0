import type { ExporterFactory } from '../../pipeline/component.ts'
import { type PrometheusConfig, schema, validate } from './config.ts'

export const prometheus = {
  kind: 'exporter',
  type: 'prometheus',
  stability: 'alpha',
  schema,
  validate,
  async create(config, settings) {
    const { createPrometheus } = await import('./exporter.ts')
    return createPrometheus(config, settings)
  },
} satisfies ExporterFactory<PrometheusConfig>
