import { duration, flag, globs, oneOf, type Resolved, whole } from '../../config/formats.ts'
import { filterList } from './filter-config.ts'

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
  filters: {
    include: filterList({
      doc: 'What to count, as `[{cidr: 10.0.0.0/8, port: 443, transport: tcp, interface: eth*}]`: each entry any of these, all of which must fit; `cidr` and `port` of either end. Empty: all. What does not pass is counted as `filtered`',
    }),
    exclude: filterList({ doc: 'What not to count, in the same form; wins over include' }),
  },
  decapsulate: flag({
    default: false,
    doc: 'Count the connections inside GRE, IPIP, VXLAN and Geneve tunnels instead of the tunnels. For tunnels that only pass through',
  }),
}

export type EbpfConfig = Resolved<typeof schema>
