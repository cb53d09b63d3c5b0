import { flag, type Resolved, text, whole } from '../../config/formats.ts'

export const schema = {
  path: text({ default: '', doc: 'The capture: pcap or pcapng, as it is or packed by gzip' }),
  decapsulate: flag({
    default: false,
    doc: 'Count the connections inside GRE, IPIP, VXLAN and Geneve tunnels instead of the tunnels',
  }),
  max_flows: whole({
    default: 1048576,
    min: 1,
    max: 16777216,
    doc: 'Connections that are kept, about 120 bytes each; what is more is counted as overflow',
  }),
}

export type PcapConfig = Resolved<typeof schema>
