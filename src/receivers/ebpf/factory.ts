import type { ReceiverFactory } from '../../pipeline/component.ts'
import { type EbpfConfig, schema, validate } from './config.ts'

export const ebpf = {
  kind: 'receiver',
  type: 'ebpf',
  stability: 'alpha',
  schema,
  validate,
  async create(config, settings, next) {
    const { createEbpf } = await import('./receiver.ts')
    return createEbpf(config, settings, next)
  },
} satisfies ReceiverFactory<EbpfConfig>
