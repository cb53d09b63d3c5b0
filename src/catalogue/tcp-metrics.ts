import { ownerAttributes } from './attributes.ts'
import type { Metric } from './metrics.ts'

const edge = ['netsonde.observer.side', 'network.transport', 'network.type'] as const
const optIn = [
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
  ...ownerAttributes,
  'netsonde.flow.direction.evidence',
] as const

/** From 25 us, a veth, to what a satellite takes. */
const roundTrip = [
  0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
] as const

/** Of connections: the source is the client where that is known. */
export const tcpMetrics = [
  {
    name: 'netsonde.tcp.rtt',
    unit: 's',
    instrument: 'histogram',
    buckets: roundTrip,
    description:
      "Round-trip time of TCP connections while they live: the newest of the kernel's smoothed estimates, one observation a connection and interval in which it changed. Of side `transit`: by TCP's timestamps, to both ends from here",
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.rtt.min',
    unit: 's',
    instrument: 'histogram',
    buckets: roundTrip,
    description:
      'Least round-trip time that the kernel measured in the last five minutes, one observation a connection and interval in which it changed',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.rtt.variation',
    unit: 's',
    instrument: 'histogram',
    buckets: roundTrip,
    description:
      'Mean deviation of the round-trip time, one observation a connection and interval in which it changed',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.handshake.duration',
    unit: 's',
    instrument: 'histogram',
    buckets: [...roundTrip, 5, 10],
    description:
      'Of a client from connect() to the established connection; of a server from its SYN and ACK to the ACK, where it was sent once',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.connection.duration',
    unit: 's',
    instrument: 'histogram',
    buckets: [0.001, 0.01, 0.1, 1, 10, 60, 300, 1800, 3600, 21600, 86400],
    description:
      'From the established connection to its end; of one that was there before the agent, from when it was first seen',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.connection.attempts',
    unit: '{connection}',
    instrument: 'counter',
    description: 'Attempts to connect that came to an end, by what became of them',
    attributes: [...edge, 'outcome', 'error.type'],
    optIn,
  },
  {
    name: 'netsonde.tcp.connection.active',
    unit: '{connection}',
    instrument: 'updowncounter',
    description: 'Connections that there are',
    attributes: [...edge, 'network.connection.state'],
    optIn,
  },
  {
    name: 'netsonde.tcp.retransmits',
    unit: '{segment}',
    instrument: 'counter',
    description: 'Segments that were sent again, by why',
    attributes: [...edge, 'network.tcp.retransmit.type'],
    optIn,
  },
  {
    name: 'netsonde.tcp.spurious_retransmits',
    unit: '{segment}',
    instrument: 'counter',
    description:
      'Segments that were sent again although they had arrived, as duplicate SACKs tell; they are among netsonde.tcp.retransmits, where why they were sent is told',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.sent',
    unit: '{segment}',
    instrument: 'counter',
    description: 'Segments with data that were sent, each time that they were',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.lost',
    unit: '{segment}',
    instrument: 'counter',
    description: 'Segments that the sender took for lost; as a share of netsonde.tcp.sent the rate of loss',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.out_of_order',
    unit: '{segment}',
    instrument: 'counter',
    description: 'Segments that came before one that was sent earlier',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.zero_window',
    unit: '{event}',
    instrument: 'counter',
    description: 'Times that the other end had no room for more data',
    attributes: edge,
    optIn,
  },
  {
    name: 'netsonde.tcp.resets',
    unit: '{reset}',
    instrument: 'counter',
    description:
      'Resets of connections: sent and received by sockets of the node; of those that pass through, by whether the client (`forward`) or the server sent them',
    attributes: [...edge, 'network.io.direction', 'netsonde.flow.direction'],
    optIn,
  },
  {
    name: 'netsonde.tcp.lost_events',
    unit: '{event}',
    instrument: 'counter',
    description:
      "What of TCP's connections is not told: `table_full` connections found no room (their attempts are counted, without addresses), `ended_full` is the last account of one, `interrupted` events came while one of their kind was looked at, `passing_full` are packets that pass through and would have told of a connection, for which there was no room",
    attributes: ['reason'],
    optIn: [],
  },
] as const satisfies readonly Metric[]
