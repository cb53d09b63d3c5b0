import type { Found, Make } from './layers.ts'
import * as l from './layers.ts'

/**
 * How a row reaches the parser in the kernel. test_run: BPF_PROG_TEST_RUN, which knows Ethernet only; what is cut too
 * short for it goes over AF_PACKET on a veth, and what is shorter than that device's header on a TUN. tun: over AF_PACKET
 * on a TUN, which passes any bytes on.
 */
export type Route = 'test_run' | 'tun'

export type Reason = 'not_ip' | 'truncated' | 'malformed'

export interface Row {
  readonly title: string
  readonly route: Route
  /** A number of the capture files' list. */
  readonly linkType: number
  readonly decapsulate: boolean
  readonly frame: Uint8Array
  /** What is right for the first `length` bytes. */
  expected(length: number): Found | Reason
}

const ETHERNET = 1
const RAW = 101
const NOTHING: Found = {
  source: '',
  destination: '',
  protocol: 0,
  sourcePort: 0,
  destinationPort: 0,
  tcpFlags: 0,
  icmpType: 0,
  icmpCode: 0,
  icmpId: 0,
  firstFragment: 0,
  laterFragment: 0,
  fragmentId: 0,
}

interface Options {
  readonly decapsulate?: boolean
  /** Of the whole frame, where no address is to be found; else what it is from how many bytes on. */
  readonly reason?: readonly [from: number, Reason]
  /** Layers after this many tell nothing: the parser is not to look there. */
  readonly known?: number
  readonly note?: string
}

function row(linkType: number, route: Route, makes: readonly Make[], options: Options = {}): Row {
  const layers = l.layersOf(makes)
  const { decapsulate = false, reason, known = layers.length, note } = options
  const facts: { from: number; what: Partial<Found>; ip: boolean }[] = []
  let at = 0
  for (const [index, layer] of layers.entries()) {
    for (const [needs, what] of index < known ? (layer.tells ?? []) : [])
      facts.push({ from: at + needs, what, ip: layer.ip ?? false })
    at += layer.bytes.length
  }
  const names = layers.map(({ name }) => name).join(', ')
  return {
    title: `${names}${decapsulate ? ', decapsulated' : ''}${note ? `: ${note}` : ''}`,
    route,
    linkType,
    decapsulate,
    frame: Uint8Array.from(layers.flatMap(({ bytes }) => bytes)),
    expected(length) {
      if (reason && length >= reason[0]) return reason[1]
      let found: Found | undefined
      for (const { from, what, ip } of facts)
        if (from <= length) found = { ...(ip || !found ? NOTHING : found), ...what }
      return found ?? 'truncated'
    },
  }
}

const ethernet = (makes: readonly Make[], options?: Options) =>
  row(ETHERNET, 'test_run', [l.ethernet, ...makes], options)
const ip = (makes: readonly Make[], options?: Options) => row(RAW, 'tun', makes, options)
const file = (linkType: number, makes: readonly Make[], options?: Options) =>
  row(linkType, 'tun', makes, options)

const { vlan, qinq, oldQinq, mpls, pppoe, snap, ipv4, ipv6, tcp, udp, sctp, gre, vxlan, geneve } = l
const betweenLinkAndIp: Make[][] = [
  [vlan],
  [qinq, vlan],
  [vlan, vlan],
  [oldQinq, vlan],
  [qinq, vlan, vlan],
  [mpls],
  [mpls, mpls],
  [mpls, mpls, mpls],
  [pppoe],
  [snap],
  [vlan, mpls],
  [vlan, pppoe],
  [qinq, vlan, pppoe],
  [vlan, snap],
  [pppoe, mpls],
]
const above4: Make[][] = [
  [tcp()],
  [tcp(0x02)],
  [udp],
  [sctp],
  [l.echo],
  [l.unreachable],
  [l.other(2)],
  [l.other(50)],
  [l.ah, tcp()],
  [l.ah, udp],
]
const above6: Make[][] = [
  [tcp()],
  [udp],
  [sctp],
  [l.echo6],
  [l.echoReply6],
  [l.neighbour],
  [l.other(89)],
  [l.other(59)],
  [l.other(135)],
  [l.hopByHop, tcp()],
  [l.longHopByHop, udp],
  [l.routing, tcp()],
  [l.destinationOptions, sctp],
  [l.ah, tcp()],
  [l.fragment(0, 0), tcp()],
  [l.fragment(0, 1), udp],
  [l.fragment(0, 1), l.destinationOptions, tcp()],
  [l.hopByHop, l.destinationOptions, l.routing, l.fragment(0, 1), l.ah, l.destinationOptions, tcp()],
  [l.hopByHop, l.echo6],
]
const laterFragments: Make[][] = [
  [ipv4({ offset: 185, flags: 1 }), l.middle],
  [ipv4({ offset: 370 }), l.middle],
  [ipv4({ offset: 370, words: 2 }), l.middle],
]
const laterFragments6: Make[][] = [
  [ipv6(), l.fragment(185, 1), l.middle],
  [ipv6(), l.fragment(370, 0), l.middle],
  [ipv6(), l.hopByHop, l.fragment(370, 0), l.middle],
]

const inner4 = ipv4({ from: '192.168.0.1', to: '192.168.0.2' })
const inner6 = ipv6({ from: 0x11, to: 0x12 })
const tunnels: Make[][] = [
  [ipv4(), gre(), inner4, tcp()],
  [ipv4(), gre(8), inner4, udp],
  [ipv4(), gre(2), inner4, tcp()],
  [ipv4(), gre(1), inner6, tcp()],
  [ipv4(), gre(11), inner6, udp],
  [ipv6(), gre(2), inner4, sctp],
  [ipv4(), gre(2), l.ethernet, inner4, tcp()], // NVGRE, RFC 7637
  [ipv4(), gre(), l.ethernet, vlan, inner6, tcp()],
  [ipv4(), gre(), mpls, inner4, tcp()],
  [ipv4(), inner4, tcp()],
  [ipv4({ words: 1 }), inner4, l.echo],
  [ipv4(), inner6, tcp()],
  [ipv6(), inner4, tcp()],
  [ipv6(), l.hopByHop, inner6, udp],
  [ipv4(), udp, vxlan, l.ethernet, inner4, tcp()],
  [ipv4(), udp, vxlan, l.ethernet, vlan, inner6, udp],
  [ipv6(), udp, vxlan, l.ethernet, inner4, l.echo],
  [ipv4(), udp, geneve(), l.ethernet, inner4, tcp()],
  [ipv4(), udp, geneve(3), l.ethernet, inner6, tcp()],
  [ipv4(), udp, geneve(1), inner4, udp],
  [ipv6(), udp, geneve(), inner6, tcp()],
  [ipv4(), udp, vxlan, l.ethernet, ipv4(), gre(), inner4, tcp()],
  [ipv4(), ipv4(), ipv4(), inner4, tcp()],
  [ipv4(), ipv4(), ipv4(), ipv4(), inner4, tcp()],
]
/** The outermost IP header, what belongs to it, and its upper layer. */
const outside = (makes: readonly Make[]) => {
  const layers = makes.map((make) => make(undefined))
  const second = layers.findIndex(
    ({ ip: isIp, name }, i) => i > 0 && (isIp || name === 'Ethernet' || name === 'VXLAN'),
  )
  const upper = layers.findIndex(
    ({ protocol, ip: isIp }, i) => i > 0 && !isIp && (protocol === 17 || protocol === 47),
  )
  return upper > 0 && upper < second ? upper + 1 : second
}

export const rows: readonly Row[] = [
  ...betweenLinkAndIp.flatMap((between) => [
    ethernet([...between, ipv4(), tcp()]),
    ethernet([...between, ipv6(), udp]),
  ]),
  ...above4.flatMap((above) => [ethernet([ipv4(), ...above]), ethernet([ipv4({ words: 3 }), ...above])]),
  ...above4.map((above) => ip([ipv4(), ...above])),
  ...above6.flatMap((above) => [ethernet([ipv6(), ...above]), ip([ipv6(), ...above])]),
  ethernet([ipv4({ words: 10 }), tcp()]),
  ethernet([ipv4({ flags: 1 }), udp]),
  ethernet([ipv4({ flags: 2 }), tcp()], { note: "don't fragment" }),
  ...[...laterFragments, ...laterFragments6].flatMap((makes) => [
    ethernet(makes, { known: makes.length }),
    ip(makes, { known: makes.length }),
  ]),

  ...tunnels.flatMap((makes) => [
    ethernet(makes, { known: 1 + outside(makes) }),
    ethernet(makes, { decapsulate: true }),
    ip(makes, { decapsulate: true }),
  ]),
  // What is not readable inside is accounted to the outside.
  ethernet([ipv4(), l.gre1], { decapsulate: true }),
  ethernet([ipv4(), gre(), l.other(1)], { decapsulate: true, note: 'of something else' }),
  ethernet([ipv4({ offset: 100 }), l.middle], { decapsulate: true }),
  ethernet([ipv4(), ipv4(), ipv4(), ipv4(), ipv4(), inner4, tcp()], {
    decapsulate: true,
    known: 6,
    note: 'deeper than is looked',
  }),

  // Not IP, each as soon as that is known.
  row(ETHERNET, 'test_run', [l.ethernetOf(0x0806), l.other(0)], { reason: [14, 'not_ip'], note: 'ARP' }),
  row(ETHERNET, 'test_run', [l.ethernetOf(0x88cc), l.other(0)], { reason: [14, 'not_ip'], note: 'LLDP' }),
  row(ETHERNET, 'test_run', [l.ethernetOf(0x8863), l.other(0)], {
    reason: [14, 'not_ip'],
    note: 'PPPoE discovery',
  }),
  row(ETHERNET, 'test_run', [l.ethernetOf(38), l.other(0)], { reason: [15, 'not_ip'], note: 'LLC' }),
  ethernet([vlan, l.other(0)], { reason: [18, 'not_ip'] }),
  ethernet([pppoe, l.other(0)], { reason: [22, 'not_ip'], note: 'LCP' }),
  ethernet([mpls, l.other(0)], { reason: [19, 'not_ip'], note: 'a pseudo wire' }),
  ethernet([snap, l.other(0)], { reason: [22, 'not_ip'] }),
  ip([l.other(0)], { reason: [1, 'not_ip'] }),

  // Ethernet in Ethernet, and what can be read of MACsec and NSH.
  ethernet([l.pbb, l.ethernet, vlan, ipv4(), tcp()]),
  ethernet([vlan, l.pbb, l.ethernet, ipv6(), udp]),
  ethernet([l.fabricPath, l.ethernet, vlan, ipv4(), tcp(0x02)]),
  ethernet([l.hsr, ipv4(), tcp()]),
  ethernet([vlan, l.rTag, ipv6(), udp]),
  ethernet([l.macsec(0x20), ipv4(), l.echo]),
  ethernet([l.macsec(0), ipv6(), udp]),
  ethernet([l.macsec(0x20), vlan, ipv4(), udp]),
  ethernet([l.macsec(0x2c), ipv4(), udp, l.middle], { known: 0, reason: [20, 'not_ip'], note: 'encrypted' }),
  ethernet([l.nsh, ipv4(), udp]),
  ethernet([l.nsh, ipv6(), tcp()]),
  ethernet([l.nsh, l.ethernet, ipv4(), sctp]),
  ethernet([l.nsh, l.other(0)], { reason: [18, 'not_ip'] }),

  // A header that says it is shorter than any: its flags are none.
  ethernet([ipv4(), l.shortTcp, l.middle], { note: 'a header of 16 bytes with SYN' }),

  // Malformed: where the addresses would be, nothing can be trusted.
  row(ETHERNET, 'test_run', [l.ethernetOf(0x0800), l.middle, l.middle], {
    reason: [34, 'malformed'],
    note: 'version 5',
  }),
  row(ETHERNET, 'test_run', [l.ethernetOf(0x86dd), l.middle, l.middle, l.middle], {
    reason: [54, 'malformed'],
    note: 'version 5',
  }),
  ethernet([ipv4({ words: -1 }), l.middle], { reason: [34, 'malformed'], note: 'header of 16 bytes' }),
  ethernet([...new Array<Make>(10).fill(vlan), ipv4(), tcp()], {
    reason: [14 + 9 * 4, 'malformed'],
    note: 'too many tags',
  }),

  // Capture files.
  ...[l.cooked, l.cooked2].flatMap((link, i) => [
    file(i === 0 ? 113 : 276, [link, ipv4(), tcp()]),
    file(i === 0 ? 113 : 276, [link, ipv6(), udp]),
    file(i === 0 ? 113 : 276, [link, vlan, ipv4(), udp]),
    file(i === 0 ? 113 : 276, [link, l.other(0)], { reason: [i === 0 ? 16 : 20, 'not_ip'] }),
  ]),
  file(0, [l.family(2), ipv4(), tcp()]),
  file(0, [l.family(2, 'big'), ipv4(), tcp()]),
  ...[10, 24, 28, 30].map((number) => file(0, [l.family(number), ipv6(), tcp()])),
  file(0, [l.family(7), l.middle], { reason: [4, 'not_ip'] }),
  file(108, [l.family(2, 'big'), ipv4(), udp]),
  file(108, [l.family(24, 'big'), ipv6(), udp]),
  file(12, [ipv4(), tcp()]),
  file(14, [ipv6(), tcp()]),
  file(228, [ipv4(), tcp()]),
  file(229, [ipv6(), tcp()]),
  file(229, [ipv4(), tcp(), l.middle], {
    known: 0,
    reason: [40, 'malformed'],
    note: 'IPv4 where IPv6 was announced',
  }),
  ...[9, 50, 104].flatMap((link) => [
    file(link, [l.ppp([0xff, 3]), ipv4(), tcp()]),
    file(link, [l.ppp([0xff, 3], true), ipv6(), udp]),
    file(link, [l.ppp([]), ipv4(), udp]),
    file(link, [l.ppp([]), mpls, mpls, ipv4(), udp]),
    file(link, [l.ciscoHdlc, ipv4(), tcp()]),
    file(link, [l.ciscoHdlc, mpls, ipv6(), tcp()]),
    file(link, [l.ppp([0xff, 3]), l.other(0)], { reason: [4, 'not_ip'], note: 'LCP' }),
  ]),
  file(51, [pppoe, ipv4(), tcp()]),
  file(166, [l.ppp([1, 3]), ipv4(), tcp()]),
  file(204, [l.ppp([0]), ipv6(), udp]),
  file(204, [l.ppp([1, 0xff, 3]), ipv4(), udp]),
  file(107, [l.frameRelay([0x18, 0x41]), ipv4(), tcp()]),
  file(107, [l.frameRelay([0x18, 0x40, 0x01]), ipv6(), udp]),
  file(107, [l.frameRelay([0x18, 0x40, 0x40, 0x01]), ipv4(), udp]),
  file(107, [l.frameRelay([0x18, 0x41], [0]), mpls, ipv4(), udp]),
  file(107, [l.frameRelay([0x18, 0x41], [0]), l.ethernet, ipv4(), udp]),
  file(107, [l.ciscoFrameRelay, ipv6(), l.other(89)]),
  file(219, [mpls, ipv4(), tcp()]),
  file(226, [l.ipnet, ipv4(), l.echo]),
  file(239, [l.nflog('little'), ipv4(), udp]),
  file(239, [l.nflog('big'), ipv6(), udp]),
  file(105, [l.wireless([0x08, 1]), snap, ipv4(), tcp()]),
  file(105, [l.wireless([0x08, 3]), snap, ipv6(), udp]),
  file(105, [l.wireless([0x88, 2], [5, 0]), snap, ipv4(), udp]),
  file(105, [l.wireless([0x88, 0x82], [5, 0, 0, 0, 0, 0]), snap, ipv4(), udp]),
  file(105, [l.wireless([0x88, 2], [0x85, 0]), snap, ipv4(), udp], {
    known: 0,
    reason: [25, 'not_ip'],
    note: 'several in one frame',
  }),
  file(105, [l.wireless([0x08, 0x41]), snap, ipv4(), udp], {
    known: 0,
    reason: [2, 'not_ip'],
    note: 'encrypted',
  }),
  file(105, [l.wireless([0x80, 0]), l.middle], { reason: [2, 'not_ip'], note: 'a beacon' }),
  file(105, [l.wireless([0x48, 1])], { reason: [2, 'not_ip'], note: 'data that is empty' }),
  file(127, [l.radiotap, l.wireless([0x08, 2]), snap, ipv4(), tcp()]),
  file(10, [l.fddi, snap, ipv4(), tcp()]),
  file(109, [l.enc(2), ipv4(), tcp()]),
  file(109, [l.enc(24), ipv6(), tcp()]),
  file(117, [l.pflog(2), ipv4(), udp]),
  file(117, [l.pflog(24), ipv6(), udp]),
  file(119, [l.prism, l.wireless([0x08, 2]), snap, ipv4(), tcp()]),
  file(242, [l.ipoib, ipv4(), tcp()]),
  file(242, [l.ipoib, ipv6(), udp]),
  file(258, [l.pktap(1), l.ethernet, vlan, ipv4(), tcp()]),
  file(258, [l.pktap(12), ipv6(), udp]),
  file(258, [l.pktap(0), l.family(30), ipv6(), udp]),
  file(258, [l.pktap(143), ipv4(), udp], { known: 0, reason: [12, 'not_ip'], note: 'another link' }),
  file(258, [l.pktap(1, 2), l.ethernet, ipv4()], { known: 0, reason: [12, 'not_ip'], note: 'no packet' }),
]
