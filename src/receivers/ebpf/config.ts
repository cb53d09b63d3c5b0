import { duration, flag, globs, oneOf, type Resolved, whole } from '../../config/formats.ts'

export const schema = {
  collection_interval: duration({
    default: '5s',
    min: '100ms',
    max: '60s',
    doc: 'Length of a generation: what moved in it is read and emitted',
  }),
  interfaces: {
    include: globs({
      default: ['*'],
      doc: 'Interfaces to watch, as globs. A bridge is seen through its ports unless it is named here without a glob, and the ports of a bond through the bond',
    }),
    exclude: globs({ default: ['lo'], doc: 'Interfaces to leave out; wins over include' }),
  },
  attach: oneOf(['auto', 'tcx', 'tc'], {
    default: 'auto',
    doc: '`tcx` needs kernel 6.6; `tc` adds a clsact filter; `auto` takes the first of them that the kernel has',
  }),
  max_flows: whole({
    default: 131072,
    min: 1,
    max: 16777216,
    doc: 'Connections in one generation, of each address family; what is more is counted as overflow',
  }),
  decapsulate: flag({
    default: false,
    doc: 'Count the connections inside GRE, IPIP, VXLAN and Geneve tunnels instead of the tunnels. For tunnels that only pass through',
  }),
}

export type EbpfConfig = Resolved<typeof schema>
