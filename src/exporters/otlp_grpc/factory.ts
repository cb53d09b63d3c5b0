import type { ExporterFactory } from '../../pipeline/component.ts'
import { type OtlpGrpcConfig, schema, validate } from './config.ts'

export const otlpGrpc = {
  kind: 'exporter',
  type: 'otlp_grpc',
  aliases: ['otlp'],
  stability: 'alpha',
  schema,
  validate,
  async create(config, settings) {
    const { createOtlpGrpc } = await import('./exporter.ts')
    return createOtlpGrpc(config, settings)
  },
} satisfies ExporterFactory<OtlpGrpcConfig>
