import type { ExporterFactory } from '../../pipeline/component.ts'
import { type FileConfig, schema, validate } from './config.ts'

export const file = {
  kind: 'exporter',
  type: 'file',
  stability: 'alpha',
  schema,
  validate,
  async create(config, settings) {
    const { createFile } = await import('./exporter.ts')
    return createFile(config, settings)
  },
} satisfies ExporterFactory<FileConfig>
