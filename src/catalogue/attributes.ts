/** What a series or a point can be told apart by. Names follow OpenTelemetry's semantic conventions where they have one. */
export interface Attribute {
  readonly name: string
  readonly description: string
  /** Whether the values are few by nature. Bounded ones stay on `other` series, unbounded ones read `other` there. */
  readonly bounded: boolean
}

const table = [
  { name: 'source.address', bounded: false, description: 'IP address of the sender of the packets' },
  { name: 'source.port', bounded: false, description: 'Port of the sender of the packets' },
  { name: 'destination.address', bounded: false, description: 'IP address of the receiver of the packets' },
  { name: 'destination.port', bounded: false, description: 'Port of the receiver of the packets' },
  {
    name: 'network.transport',
    bounded: true,
    description: '`tcp`, `udp`, `sctp`, `icmp` (both families), else the IP protocol number as text',
  },
  { name: 'network.type', bounded: true, description: '`ipv4` or `ipv6`' },
  {
    name: 'netsonde.flow.direction',
    bounded: true,
    description:
      '`forward` if the sender is the client, `reverse` if it is the server, `unknown` without evidence',
  },
  {
    name: 'netsonde.flow.direction.evidence',
    bounded: true,
    description: 'What told client from server: `syn`, `listener`, `known_port` or `none`',
  },
  {
    name: 'source.process.pid',
    bounded: false,
    description:
      "Process that has the sender's socket, by its number in the node's first pid namespace; with the receiver's `socket_owners` and where it is on this node. `unknown`: it is not known which, or several have it",
  },
  {
    name: 'source.process.executable.name',
    bounded: false,
    description: 'Its name, as in /proc/PID/comm; several processes may have it in common',
  },
  {
    name: 'source.process.linux.cgroup',
    bounded: false,
    description:
      "cgroup in which the sender's socket was made, where it is on this node; with `socket_owners` or `attach: cgroup`",
  },
  {
    name: 'destination.process.pid',
    bounded: false,
    description: "Process that has the receiver's socket, as above",
  },
  { name: 'destination.process.executable.name', bounded: false, description: 'Its name, as above' },
  {
    name: 'destination.process.linux.cgroup',
    bounded: false,
    description: "cgroup in which the receiver's socket was made, as above",
  },
  {
    name: 'netsonde.service.address',
    bounded: false,
    description: 'IP address that the client called, where the node translates it to the server (DNAT)',
  },
  {
    name: 'netsonde.service.port',
    bounded: false,
    description: 'Port that the client called, where the node translates it to the server (DNAT)',
  },
  { name: 'network.interface.name', bounded: false, description: 'Interface whose count was taken' },
  {
    name: 'netsonde.observer.side',
    bounded: true,
    description:
      'Which end of the connection told: `source`, `destination`, `unknown` where it is not known which of them called, or `transit`: packets that passed through, of a connection without a socket on this node',
  },
  {
    name: 'network.connection.state',
    bounded: true,
    description:
      'State of the socket: `syn_sent`, `syn_received`, `established`, `fin_wait_1`, `fin_wait_2`, `close_wait`, `last_ack`, `closing`',
  },
  {
    name: 'network.io.direction',
    bounded: true,
    description: 'Of a reset: `transmit` by the end that told, or `receive`',
  },
  {
    name: 'network.tcp.retransmit.type',
    bounded: true,
    description:
      'Why a segment was sent again: `syn`, `timeout`, `fast`, `tail_loss_probe`, or `unknown` where no tracepoint told',
  },
  {
    name: 'source.mac',
    bounded: false,
    description:
      "MAC address that the frames came from, at the interface whose count was taken; with the receiver's `mac_addresses`",
  },
  { name: 'destination.mac', bounded: false, description: 'MAC address that the frames went to, as above' },
  {
    name: 'netsonde.estimated',
    bounded: true,
    description: '`true` where the values are scaled up from a sample; else the attribute is not there',
  },
  {
    name: 'outcome',
    bounded: true,
    description:
      'What became of a packet that was seen: `accounted`, `overflow`, `repeated`, `filtered`, `unparsed`. Of a point that was to be sent: `accepted`, `rejected` (by the receiver, which took the others), `failed` (the next export has it), `unclear` (the same, but it may have arrived, and is then added up twice). Of an attempt to connect: `success`, `failure`',
  },
  {
    name: 'reason',
    bounded: true,
    description:
      'Of a packet, why it is unparsed: `not_ip`, `truncated`, `malformed`. Of a feature, why it is not used: `kernel` (it has none), `permission`, `configuration`, `not_needed` (there is a better one), `error` (the log says which). Of events of TCP: `table_full`, `ended_full`, `interrupted`',
  },
  {
    name: 'feature',
    bounded: true,
    description:
      'What the agent can use: `attach.tcx`, `attach.tc`, `attach.cgroup`, `listeners`, `owners.open`, `owners.events`, and for each program of TCP `tcp.` with what it looks at',
  },
  {
    name: 'state',
    bounded: true,
    description: '`available`, `unavailable`, `disabled` (it was not tried), `unknown` (not yet)',
  },
  { name: 'exporter', bounded: true, description: 'Id of an exporter in the configuration' },
  {
    name: 'error.type',
    bounded: true,
    description:
      'Of an attempt to connect, why it failed: `refused`, `timeout`, `reset`, `host_unreachable`, `net_unreachable`, `aborted` (the program gave up before a SYN was sent again), `other`. Of a packet that did not arrive, what ICMP said: `net_unreachable`, `host_unreachable`, `port_unreachable`, `protocol_unreachable`, `prohibited`, `other`. Of an exporter: a gRPC or HTTP status (`UNAVAILABLE`, `503`), a system error (`ECONNREFUSED`), `timeout`',
  },
  { name: 'metric', bounded: true, description: 'Name of the metric that is told of, as in this catalogue' },
] as const satisfies readonly Attribute[]

/** What is told of the process that has an end's socket. */
export const ownerAttributes = [
  'source.process.pid',
  'source.process.executable.name',
  'source.process.linux.cgroup',
  'destination.process.pid',
  'destination.process.executable.name',
  'destination.process.linux.cgroup',
] as const satisfies readonly (typeof table)[number]['name'][]

export type AttributeName = (typeof table)[number]['name']
export const attributes: readonly Attribute[] = table
export const attributeByName: ReadonlyMap<string, Attribute> = new Map(table.map((a) => [a.name, a]))

/**
 * Where even `other` series are too many, these give up their values one after another, the first one first: what says
 * least, or has most values, goes before what a bill is made by. Every bounded attribute has its place.
 */
export const collapseOrder = [
  'netsonde.flow.direction.evidence',
  'network.connection.state',
  'network.tcp.retransmit.type',
  'error.type',
  'reason',
  'exporter',
  'metric',
  'feature',
  'state',
  'network.transport',
  'network.type',
  'network.io.direction',
  'netsonde.flow.direction',
  'netsonde.observer.side',
  'netsonde.estimated',
  'outcome',
] as const satisfies readonly AttributeName[]
