import type { ExporterFactory } from '../../pipeline/component.ts'
import { type DebugConfig, schema } from './config.ts'
import { createDebug } from './exporter.ts'

export const debug = {
  kind: 'exporter',
  type: 'debug',
  stability: 'alpha',
  schema,
  create: createDebug,
} satisfies ExporterFactory<DebugConfig>
