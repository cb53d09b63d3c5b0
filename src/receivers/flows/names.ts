/** Protocol numbers: IANA. Both families' ICMP is `icmp`. */
export const ICMP = 1
export const ICMPV6 = 58
const TRANSPORTS: Readonly<Record<number, string>> = {
  [ICMP]: 'icmp',
  [ICMPV6]: 'icmp',
  6: 'tcp',
  17: 'udp',
  132: 'sctp',
}
/** By their numbers in enum evidence of bpf/shared/flow.h. */
const EVIDENCES = ['none', 'syn', 'listener', 'payload', 'known_port']

/** network.transport: the number itself where it has no name. */
export const transportName = (protocol: number): string => TRANSPORTS[protocol] ?? String(protocol)

/** netsonde.flow.direction.evidence */
export const evidenceName = (id: number): string | undefined => EVIDENCES[id]
