import type { ExtensionFactory } from '../../pipeline/component.ts'
import { type HealthCheckConfig, schema } from './config.ts'

export const healthCheck = {
  kind: 'extension',
  type: 'health_check',
  stability: 'alpha',
  schema,
  async create(config, settings) {
    const { createHealthCheck } = await import('./extension.ts')
    return createHealthCheck(config, settings)
  },
} satisfies ExtensionFactory<HealthCheckConfig>
