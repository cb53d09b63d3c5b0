import type { ReceiverFactory } from '../../pipeline/component.ts'
import { type PcapConfig, schema } from './config.ts'

export const pcap = {
  kind: 'receiver',
  type: 'pcap',
  stability: 'alpha',
  schema,
  validate({ path }) {
    return path === '' ? [['path', 'is missing; write the path of a pcap or pcapng file']] : []
  },
  async create(config, settings, next) {
    const { createPcap } = await import('./receiver.ts')
    return createPcap(config, settings, next)
  },
} satisfies ReceiverFactory<PcapConfig>
