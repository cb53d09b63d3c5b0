import { readFileSync } from 'node:fs'
import type { Truth } from './tshark.ts'

const folder = import.meta.dirname

/** The captures, and those of which it is also asked what is inside their tunnels. What each is for: README.md. */
export const captures: readonly { readonly name: string; readonly inside: boolean }[] = [
  ...[
    'OSPFv3_with_AH.pcap',
    'QinQpacket.pcap',
    'RADIUS-RFC3162.pcap',
    'afs.pcap',
    'babel_rtt.pcap',
    'communityid.pcap.gz',
    'dhcp-nanosecond.pcap',
    'dhcp-nanosecond.pcapng',
    'dhcp.pcap',
    'dns+icmp.pcapng.gz',
    'dns-badcookie.pcap',
    'geneve.pcap',
    'icmpv6.pcap',
    'ipoipoip.pcap',
    'ipv6-srh-ext-header.pcap',
    'isup.pcap',
    'many_interfaces.pcapng',
    'pppoes.pcap',
    'pptp.pcap',
    'vxlan.pcap',
  ].map((name) => ({ name, inside: false })),
  ...['geneve.pcap', 'ipoipoip.pcap', 'pptp.pcap', 'vxlan.pcap'].map((name) => ({ name, inside: true })),
]

export const pathOf = (name: string): string => `${folder}/${name}`

/** Where tshark's answer is kept. */
export const answerPath = (name: string, inside: boolean): string =>
  `${folder}/answers/${name}${inside ? '.inside' : ''}.txt`

/** A line for each sender and receiver: transport, sender, port, receiver, port, packets, bytes. */
export function linesOf({ sent, others }: Truth): string[] {
  const lines = [...sent].map(([key, { packets, bytes }]) => `${key} ${packets} ${bytes}`).sort()
  return others.packets > 0 ? [...lines, `others ${others.packets} ${others.bytes}`] : lines
}

export const answerOf = (name: string, inside: boolean): string[] =>
  readFileSync(answerPath(name, inside), 'utf8').trimEnd().split('\n')
