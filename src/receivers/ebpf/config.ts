import { duration, flag, globs, oneOf, type Resolved, text, whole } from '../../config/formats.ts'
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
      doc: 'Interfaces to watch, as globs. A bridge is seen through its ports unless it is named here without a glob, and the ports of a bond through the bond. Not with `attach: cgroup`',
    }),
    exclude: globs({
      default: ['lo'],
      doc: 'Interfaces to leave out; wins over include. With `attach: cgroup` either `[lo]`, or `[]` for what goes over loopback devices too',
    }),
  },
  attach: oneOf(['auto', 'tcx', 'tc', 'cgroup'], {
    default: 'auto',
    doc: '`tcx` needs kernel 6.6; `tc` adds a clsact filter; `auto` takes the first of them that the kernel has. `cgroup` counts at the sockets of all network namespaces instead of at interfaces',
  }),
  cgroup: text({
    default: '/',
    pattern: /^\/(?!.*(?:^|\/)\.{1,2}(?:\/|$))/,
    example: '/kubepods.slice',
    doc: 'With `attach: cgroup`: the cgroup whose sockets are counted, with those of all cgroups below it; as a path from the top of the cgroup2 file system',
  }),
  max_flows: whole({
    default: undefined,
    min: 1,
    max: 16777216,
    doc: 'Connections in one generation, of each address family; what is more is counted as overflow. By default 131072, and more with more memory: 262144 from 38 GiB on, 524288 from 75, 1048576 from 150',
  }),
  filters: {
    include: filterList({
      doc: 'What to count, as `[{cidr: 10.0.0.0/8, port: 443, transport: tcp, interface: eth*}]`: each entry any of these, all of which must fit; `cidr` and `port` of either end. Empty: all. What does not pass is counted as `filtered`',
    }),
    exclude: filterList({ doc: 'What not to count, in the same form; wins over include' }),
  },
  sampling: whole({
    default: 1,
    min: 1,
    max: 1_000_000,
    doc: 'Look at one packet in so many, at random (docs/decisions/sampling.md); bytes and packets are scaled up and marked `netsonde.estimated`. 1: at all',
  }),
  mac_addresses: flag({
    default: false,
    doc: 'Keep MAC addresses, for the attributes `source.mac` and `destination.mac`',
  }),
  socket_owners: flag({
    default: false,
    doc: 'Look whose the sockets are that connections have on this node, for the attributes `source.process.pid`, `source.process.executable.name`, `source.process.linux.cgroup`, and those of `destination`',
  }),
  decapsulate: flag({
    default: false,
    doc: 'Count the connections inside GRE, IPIP, VXLAN and Geneve tunnels instead of the tunnels. For tunnels that only pass through',
  }),
  tcp: {
    enabled: flag({
      default: true,
      doc: "Round-trip times, handshakes, retransmits and failed connections of all the node's sockets",
    }),
    passing: flag({
      default: true,
      doc: 'Tell from packets of the attempts to connect, handshakes, round-trip times and resets of connections that have no socket on this node. Not with `attach: cgroup` or sampling',
    }),
    max_connections: whole({
      default: 131072,
      min: 1,
      max: 16777216,
      doc: 'Sockets at a time, and that end in an interval; of what is more only the attempt is counted',
    }),
  },
}

export type EbpfConfig = Resolved<typeof schema>

/** What a single setting's format cannot show, as [path, message]. */
export function validate(config: EbpfConfig): [path: string, message: string][] {
  const { attach, cgroup, decapsulate, filters, interfaces } = config
  if (attach !== 'cgroup')
    return cgroup === '/' ? [] : [['cgroup', `"${cgroup}" needs attach: cgroup, and attach is ${attach}`]]
  const { include, exclude } = interfaces
  const problems: [string, string][] = []
  if (include.join() !== '*')
    problems.push([
      'interfaces::include',
      `[${include.join(', ')}] does not go with attach: cgroup, which counts at sockets, whatever the interface. Leave it out, or set attach to auto, tcx or tc`,
    ])
  if (exclude.length > 0 && exclude.join() !== 'lo')
    problems.push([
      'interfaces::exclude',
      `[${exclude.join(', ')}] does not go with attach: cgroup, which knows only loopback devices from others: [lo] or []`,
    ])
  for (const list of ['include', 'exclude'] as const)
    for (const [i, { interface: glob }] of filters[list].entries())
      if (glob !== undefined)
        problems.push([
          `filters::${list}::${i}::interface`,
          `"${glob}" does not go with attach: cgroup, which counts at sockets, whatever the interface`,
        ])
  if (config.mac_addresses)
    problems.push(['mac_addresses', 'true does not go with attach: cgroup: there is no frame at a socket'])
  if (decapsulate)
    problems.push(['decapsulate', 'true does not go with attach: cgroup: a tunnel is never seen at a socket'])
  return problems
}
