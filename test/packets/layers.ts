import type { ParsedFrame } from '../../src/native/capture.ts'

/**
 * Headers to make frames of. Each says what can be known once so many of its bytes are there, counted from its first:
 * so the expected answer for a frame that is cut anywhere follows from the frame's description alone.
 */

/** What the parser is to find. Ports and the rest are 0 where there is none. */
export type Found = Omit<Extract<ParsedFrame, { outcome: 'parsed' }>, 'outcome' | 'headerBytes'>

export interface Layer {
  readonly name: string
  readonly bytes: readonly number[]
  /** [bytes of this header that are needed, what is known then] */
  readonly tells?: readonly (readonly [needs: number, what: Partial<Found>])[]
  /** An IP header: what an earlier one told is forgotten. */
  readonly ip?: boolean
  /** Protocol number for the header before. */
  readonly protocol?: number
  /** EtherType for the header before. */
  readonly type?: number
}

export const be16 = (n: number) => [n >> 8, n & 0xff]
const be32 = (n: number) => [...be16(n >>> 16), ...be16(n & 0xffff)]
const zeros = (count: number) => new Array<number>(count).fill(0)

/** Makes a header from what follows it. */
export type Make = (next: Layer | undefined) => Layer

/** The headers of a frame, outermost first. */
export function layersOf(makes: readonly Make[]): Layer[] {
  const layers: Layer[] = []
  for (const make of makes.toReversed()) layers.unshift(make(layers[0]))
  return layers
}

export const frameOf = (makes: readonly Make[]): Uint8Array =>
  Uint8Array.from(layersOf(makes).flatMap(({ bytes }) => bytes))

const typeOf = (next: Layer | undefined) => next?.type ?? 0x88b5 // IEEE 802 local experimental: not IP

export const ethernet: Make = (next) => ({
  name: 'Ethernet',
  type: 0x6558,
  bytes: [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ...be16(typeOf(next))],
})

export const ethernetOf =
  (type: number): Make =>
  () => ({ name: `Ethernet of type 0x${type.toString(16)}`, bytes: [...zeros(12), ...be16(type)] })

const tag =
  (name: string, type: number): Make =>
  (next) => ({ name, type, bytes: [0x20, 0x05, ...be16(typeOf(next))] })
export const vlan = tag('802.1Q', 0x8100)
export const qinq = tag('802.1ad', 0x88a8)
export const oldQinq = tag('0x9100', 0x9100)

export const mpls: Make = (next) => ({
  name: 'MPLS',
  type: 0x8847,
  bytes: [0, 1, 0x40 | (next?.type === 0x8847 ? 0 : 1), 64],
})

const PPP: Readonly<Record<number, number>> = { 2048: 0x0021, 34525: 0x0057, 34887: 0x0281 }
export const pppoe: Make = (next) => ({
  name: 'PPPoE',
  type: 0x8864,
  bytes: [0x11, 0, 0, 7, 0, 80, ...be16(PPP[typeOf(next)] ?? 0xc021)],
})

export const snap: Make = (next) => ({
  name: 'SNAP',
  type: 200,
  bytes: [0xaa, 0xaa, 3, 0, 0, 0, ...be16(typeOf(next))],
})

export interface Ipv4Options {
  readonly words?: number
  readonly flags?: number
  readonly offset?: number
  readonly id?: number
  readonly from?: string
  readonly to?: string
  readonly number?: number
}

export const ipv4 =
  (options: Ipv4Options = {}): Make =>
  (next) => {
    const { words = 0, flags = 0, offset = 0, id = 0x1234, from = '10.0.0.1', to = '10.0.0.2' } = options
    const protocol = options.number ?? next?.protocol ?? 253
    const fragment = (flags << 13) | offset
    const parts = [
      words ? `with ${words * 4} bytes of options` : '',
      flags & 1 ? 'first fragment' : '',
      offset ? `later fragment at ${offset}` : '',
    ]
    const fragmented = offset > 0 || (flags & 1) === 1
    return {
      name: ['IPv4', ...parts].filter(Boolean).join(' '),
      type: 0x0800,
      protocol: 4,
      ip: true,
      bytes: [
        ...[0x45 + words, 0, ...be16(100), ...be16(id), ...be16(fragment), 64, protocol, 0, 0],
        ...[
          ...from.split('.').map(Number),
          ...to.split('.').map(Number),
          ...new Array<number>(Math.max(0, words) * 4).fill(1),
        ],
      ],
      tells: [
        [
          20,
          {
            source: from,
            destination: to,
            protocol,
            firstFragment: Number(offset === 0 && fragmented),
            laterFragment: Number(offset > 0),
            fragmentId: fragmented ? id : 0,
          },
        ],
      ],
    }
  }

export const ipv6 =
  (options: { number?: number; from?: number; to?: number } = {}): Make =>
  (next) => {
    const { from = 1, to = 2 } = options
    const protocol = options.number ?? next?.protocol ?? 253
    const address = (last: number) => [0xfd, ...zeros(14), last]
    return {
      name: 'IPv6',
      type: 0x86dd,
      protocol: 41,
      ip: true,
      bytes: [0x60, 0, 0, 0, ...be16(80), protocol, 64, ...address(from), ...address(to)],
      tells: [
        [40, { source: `fd00::${from.toString(16)}`, destination: `fd00::${to.toString(16)}`, protocol }],
      ],
    }
  }

/** @param more bytes behind the first 8, in eights */
const extension =
  (name: string, number: number, more = 0): Make =>
  (next) => ({
    name,
    protocol: number,
    bytes: [next?.protocol ?? 59, more, ...zeros(6 + more * 8)],
    tells: [[2, { protocol: next?.protocol ?? 59 }]],
  })
export const hopByHop = extension('hop-by-hop', 0)
export const longHopByHop = extension('long hop-by-hop', 0, 3)
export const routing = extension('routing', 43, 2)
export const destinationOptions = extension('destination options', 60)

/** RFC 4302 2.2: its length is in words, less 2. */
export const ah: Make = (next) => ({
  name: 'AH',
  protocol: 51,
  bytes: [next?.protocol ?? 59, 4, ...zeros(22)],
  tells: [[2, { protocol: next?.protocol ?? 59 }]],
})

export const fragment =
  (offset: number, more: 0 | 1, id = 0x01020304): Make =>
  (next) => ({
    name: offset > 0 ? `later fragment at ${offset}` : more ? 'first fragment' : 'only fragment',
    protocol: 44,
    bytes: [next?.protocol ?? 253, 0, ...be16((offset << 3) | more), ...be32(id)],
    tells: [
      [2, { protocol: next?.protocol ?? 253 }],
      [
        8,
        {
          firstFragment: Number(offset === 0 && more === 1),
          laterFragment: Number(offset > 0),
          fragmentId: offset > 0 || more ? id : 0,
        },
      ],
    ],
  })

const ports = (sourcePort: number, destinationPort: number) => ({ sourcePort, destinationPort })

export const tcp =
  (flags = 0x12): Make =>
  () => ({
    name: flags === 0x12 ? 'TCP' : 'TCP SYN',
    protocol: 6,
    bytes: [...be16(40000), ...be16(80), ...zeros(8), 0x50, flags, ...zeros(6)],
    tells: [
      [4, ports(40000, 80)],
      [14, { tcpFlags: flags }],
    ],
  })

/** Its data offset is 4 words, and the least is 5. */
export const shortTcp: Make = () => ({
  name: 'TCP that is too short',
  protocol: 6,
  bytes: [...be16(40000), ...be16(80), ...zeros(8), 0x40, 2, ...zeros(2)],
  tells: [[4, ports(40000, 80)]],
})
export const udp: Make = (next) => {
  const destination = next?.name === 'VXLAN' ? 4789 : next?.name === 'Geneve' ? 6081 : 53
  return {
    name: 'UDP',
    protocol: 17,
    bytes: [...be16(5353), ...be16(destination), ...be16(60), 0, 0],
    tells: [[4, ports(5353, destination)]],
  }
}

export const sctp: Make = () => ({
  name: 'SCTP',
  protocol: 132,
  bytes: [...be16(2905), ...be16(36412), ...zeros(8)],
  tells: [[4, ports(2905, 36412)]],
})

const icmpOf =
  (name: string, protocol: number, icmpType: number, icmpCode: number, isEcho: boolean): Make =>
  () => ({
    name,
    protocol,
    bytes: [icmpType, icmpCode, 0, 0, 0x77, 0x88, 0, 1],
    tells: [
      [2, { icmpType, icmpCode }],
      [6, { icmpId: isEcho ? 0x7788 : 0 }],
    ],
  })
export const echo = icmpOf('ICMP echo', 1, 8, 0, true)
export const unreachable = icmpOf('ICMP unreachable', 1, 3, 1, false)
export const echo6 = icmpOf('ICMPv6 echo', 58, 128, 0, true)
export const echoReply6 = icmpOf('ICMPv6 echo reply', 58, 129, 0, true)
export const neighbour = icmpOf('ICMPv6 neighbour solicitation', 58, 135, 0, false)

export const other =
  (protocol: number): Make =>
  () => ({ name: `protocol ${protocol}`, protocol, bytes: zeros(12) })

/** The middle of a payload, which looks like ports. */
export const middle: Make = () => ({ name: 'payload', protocol: 17, bytes: new Array<number>(16).fill(0x55) })

/** @param flags 0x8 checksum, 0x2 key, 0x1 sequence: the upper 4 bits */
export const gre =
  (flags = 0): Make =>
  (next) => {
    const optional = [8, 2, 1].filter((flag) => flags & flag).length * 4
    return {
      name: `GRE${flags & 8 ? ' checksum' : ''}${flags & 2 ? ' key' : ''}${flags & 1 ? ' sequence' : ''}`,
      protocol: 47,
      bytes: [flags << 4, 0, ...be16(typeOf(next)), ...zeros(optional)],
    }
  }
/** PPTP's: no tunnel that is looked into. */
export const gre1: Make = () => ({
  name: 'GRE version 1',
  protocol: 47,
  bytes: [0x30, 1, 0x88, 0x0b, ...zeros(8)],
})

export const vxlan: Make = () => ({ name: 'VXLAN', bytes: [8, 0, 0, 0, 0, 0, 42, 0] })
export const geneve =
  (words = 0): Make =>
  (next) => ({ name: 'Geneve', bytes: [words, 0, ...be16(typeOf(next)), 0, 0, 42, 0, ...zeros(words * 4)] })

export const cooked: Make = (next) => ({
  name: 'Linux cooked',
  bytes: [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, ...be16(typeOf(next))],
})
export const cooked2: Make = (next) => ({
  name: 'Linux cooked v2',
  bytes: [...be16(typeOf(next)), 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0],
})
export const family =
  (number: number, order: 'little' | 'big' = 'little'): Make =>
  () => ({
    name: `family ${number} ${order}`,
    bytes: order === 'big' ? be32(number) : be32(number).reverse(),
  })

/** IEEE 802.1AE; `control` with 0x20: 8 bytes more that tell the sender. */
export const macsec =
  (control: number): Make =>
  (next) => ({
    name: `MACsec 0x${control.toString(16)}`,
    type: 0x88e5,
    bytes: [control, 0, 0, 0, 0, 1, ...zeros(control & 0x20 ? 8 : 0), ...be16(typeOf(next))],
  })
const NSH: Readonly<Record<number, number>> = { 2048: 1, 34525: 2, 25944: 3 }
export const nsh: Make = (next) => ({
  name: 'NSH',
  type: 0x894f,
  bytes: [0, 3, 2, NSH[typeOf(next)] ?? 5, 0, 3, 9, 7, ...zeros(4)],
})
export const pbb: Make = () => ({ name: '802.1ah', type: 0x88e7, bytes: [0, 0, 0, 42] })
export const fabricPath: Make = () => ({ name: 'FabricPath', type: 0x8903, bytes: [0x42, 0x20] })

/** What a capture's frames begin with on a serial line: `framing`, then the number of PPP, in one byte or in two. */
export const ppp =
  (framing: readonly number[], short = false): Make =>
  (next) => {
    const number = PPP[typeOf(next)] ?? 0xc021
    return {
      name: `PPP in ${framing.length} bytes${short ? ', short' : ''}`,
      bytes: [...framing, ...(short ? [number] : be16(number))],
    }
  }
export const ciscoHdlc: Make = (next) => ({ name: 'Cisco HDLC', bytes: [0x0f, 0, ...be16(typeOf(next))] })
const NLPID: Readonly<Record<number, number>> = { 2048: 0xcc, 34525: 0x8e }
/** @param pad RFC 2427 lets a zero stand before the number */
export const frameRelay =
  (address: readonly number[], pad: readonly number[] = []): Make =>
  (next) => {
    const organization = next?.type === 0x6558 ? [0, 0x80, 0xc2, 0, 7] : [0, 0, 0, ...be16(typeOf(next))]
    const number = NLPID[typeOf(next)]
    return {
      name: `frame relay, ${address.length} bytes${pad.length ? ' and a pad' : ''}`,
      bytes: [...address, 3, ...pad, ...(number ? [number] : [0x80, ...organization])],
    }
  }
export const ciscoFrameRelay: Make = (next) => ({
  name: 'frame relay of Cisco',
  bytes: [0x18, 0x41, ...be16(typeOf(next))],
})

/** @param control frame control; behind it are the addresses, a fourth one between access points, QoS, HT. */
export const wireless =
  (control: readonly [number, number], qos: readonly number[] = []): Make =>
  () => ({
    name: `802.11 ${Buffer.from(control).toString('hex')} ${qos.join(' ')}`,
    bytes: [...control, ...zeros((control[1] & 3) === 3 ? 28 : 22), ...qos],
  })
export const radiotap: Make = () => ({ name: 'radiotap', bytes: [0, 0, 12, 0, ...zeros(8)] })
export const ipnet: Make = () => ({ name: 'ipnet', bytes: [1, 2, ...zeros(22)] })
/** An attribute that pads to words, then the packet. */
export const nflog =
  (order: 'little' | 'big'): Make =>
  () => {
    const half = (n: number) => (order === 'big' ? be16(n) : be16(n).reverse())
    return {
      name: `NFLOG ${order}`,
      bytes: [2, 0, 0, 5, ...half(7), ...half(10), 65, 66, 0, 0, ...half(84), ...half(9)],
    }
  }

export const fddi: Make = () => ({ name: 'FDDI', bytes: [0x50, ...zeros(12)] })
export const prism: Make = () => ({ name: 'Prism', bytes: [0, 0, 0, 0x44, 20, 0, 0, 0, ...zeros(12)] })
export const ipoib: Make = (next) => ({ name: 'IPoIB', bytes: [...zeros(40), ...be16(typeOf(next)), 0, 0] })
export const enc =
  (number: number): Make =>
  () => ({ name: 'enc', bytes: [number, ...zeros(11)] })
export const pflog =
  (number: number): Make =>
  () => ({ name: 'pflog', bytes: [61, number, ...zeros(62)] })
/** @param link what is behind it, by its number in the list of capture files */
export const pktap =
  (link: number, record = 1): Make =>
  () => ({ name: `pktap ${link} ${record}`, bytes: [20, 0, 0, 0, record, 0, 0, 0, link, ...zeros(11)] })

const sequence =
  (name: string, type: number): Make =>
  (next) => ({ name, type, bytes: [0, 60, 0, 7, ...be16(typeOf(next))] })
export const hsr = sequence('HSR', 0x892f)
export const rTag = sequence('R-TAG', 0xf1c1)
