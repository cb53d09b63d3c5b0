import type { ExporterFactory } from '../../pipeline/component.ts'
import { type FileConfig, schema, validate } from './config.ts'
import { createFile } from './exporter.ts'

export const file = {
  kind: 'exporter',
  type: 'file',
  stability: 'alpha',
  schema,
  validate,
  create: createFile,
} satisfies ExporterFactory<FileConfig>
