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

/** The protocol numbers of a network.transport; nothing if it is none. */
export function protocolsOf(transport: string): number[] {
  const named = Object.keys(TRANSPORTS).filter((number) => TRANSPORTS[Number(number)] === transport)
  if (named.length > 0) return named.map(Number)
  return /^\d{1,3}$/.test(transport) && Number(transport) < 256 ? [Number(transport)] : []
}
