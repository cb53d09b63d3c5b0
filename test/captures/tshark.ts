import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

/** What one sender sent to one receiver: `transport sender port receiver port`, packets and bytes. */
export type Sent = Map<string, { packets: number; bytes: number }>

export interface Truth {
  readonly sent: Sent
  /** Frames without an IP header that tshark could read. */
  readonly others: { packets: number; bytes: number }
}

export interface Found {
  /** `transport sender port receiver port`; the transport of a later fragment whose first one is not known ends with ! */
  readonly key: string
  /** Of a TCP header with these ports; 0: there is none. */
  readonly flags: number
}

export interface TsharkFrame {
  readonly number: number
  readonly bytes: number
  /** Since the epoch, as tshark writes it; empty: the frame has none. */
  readonly time: string
  /** By the outermost addresses, and by those inside tunnels; undefined: no IP header that tshark could read. */
  readonly outside: Found | undefined
  readonly inside: Found | undefined
  /** tshark's layers, from the outermost on. */
  readonly layers: string
}

const FIELDS = [
  'frame.number',
  'frame.len',
  'frame.time_epoch',
  'frame.protocols',
  '_ws.col.Protocol',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.id',
  'ip.frag_offset',
  'ip.flags.mf',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.nxt',
  'ipv6.fraghdr.ident',
  'ipv6.fraghdr.offset',
  'ipv6.fraghdr.more',
  'ipv6.hopopts.nxt',
  'ipv6.routing.nxt',
  'ipv6.fraghdr.nxt',
  'ipv6.dstopts.nxt',
  'ah.next_header',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'udp.srcport',
  'udp.dstport',
  'sctp.srcport',
  'sctp.dstport',
] as const
type Field = (typeof FIELDS)[number]
type Values = (name: Field) => string[]

/** What names the next header, by the number of the header. */
const EXTENSIONS: Readonly<Record<string, Field>> = {
  0: 'ipv6.hopopts.nxt',
  43: 'ipv6.routing.nxt',
  44: 'ipv6.fraghdr.nxt',
  51: 'ah.next_header',
  60: 'ipv6.dstopts.nxt',
}
const NAMES: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp', 132: 'sctp' }

/** What --decapsulate goes through, and what may stand between two of them; a tunnel is none of the others. */
const TUNNELS = new Set(['ip', 'ipv6', 'gre', 'vxlan', 'geneve'])
const BETWEEN = new Set([
  'udp',
  'eth',
  'ethertype',
  'vlan',
  'ieee8021ad',
  'mpls',
  'llc',
  'ah',
  'pppoes',
  'ppp',
])
const MAX_TUNNELS = 4

/**
 * Asks tshark for each frame's headers: an answer that shares no code with ours.
 *
 * @param damaged is told what tshark says of a file that is cut or damaged, after the frames before that
 * @throws {Error} with what tshark said of anything else
 */
export async function* framesOf(path: string, damaged?: (said: string) => void): AsyncGenerator<TsharkFrame> {
  // As the frames are: each for itself.
  const settings = ['ip.defragment:FALSE', 'ipv6.defragment:FALSE', 'tcp.desegment_tcp_streams:FALSE']
  const child = spawn(
    'tshark',
    [
      ...['-n', '-r', path, '-T', 'fields', '-E', 'separator=;', '-E', 'aggregator=,', '-E', 'occurrence=a'],
      ...settings.flatMap((setting) => ['-o', setting]),
      ...FIELDS.flatMap((field) => ['-e', field]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } },
  )
  const said = text(child.stderr)
  const closed = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  )
  const first = [new Map<string, string>(), new Map<string, string>()] as const
  for await (const line of createInterface(child.stdout)) {
    if (line === '') continue
    const fields = line.split(';')
    if (fields[FIELDS.indexOf('_ws.col.Protocol')] === 'PCAPNG') continue // a block that holds no packet
    const values: Values = (name) => fields[FIELDS.indexOf(name)]?.split(',').filter(Boolean) ?? []
    const outside = find(values, false, first[0])
    yield {
      number: Number(values('frame.number')[0]),
      bytes: Number(values('frame.len')[0]),
      time: values('frame.time_epoch')[0] ?? '',
      outside,
      inside: outside && find(values, true, first[1]), // what is inside of something unreadable is a guess
      layers: values('frame.protocols')[0] ?? '',
    }
  }
  if ((await closed) === 0) return
  if (!/cut short|damaged or corrupt/.test(await said)) throw new Error(`tshark: ${path}: ${await said}`)
  damaged?.(await said)
}

/** The frames of a capture added up. */
export async function askTshark(path: string, inside: boolean): Promise<Truth> {
  const sent: Sent = new Map()
  const others = { packets: 0, bytes: 0 }
  for await (const frame of framesOf(path)) {
    const key = (inside ? frame.inside : frame.outside)?.key.replace('!', '')
    const to = key === undefined ? others : (sent.get(key) ?? { packets: 0, bytes: 0 })
    to.packets++
    to.bytes += frame.bytes
    if (key !== undefined) sent.set(key, to)
  }
  return { sent, others }
}

function find(values: Values, inside: boolean, first: Map<string, string>): Found | undefined {
  const header = headerOf(values, inside)
  if (!header) return undefined
  const { family, at, before } = header
  const [source, destination] =
    family === 'ip'
      ? [values('ip.src')[at], values('ip.dst')[at]]
      : [values('ipv6.src')[at], values('ipv6.dst')[at]]
  if (source === undefined || destination === undefined) return undefined
  let protocol = (family === 'ip' ? values('ip.proto') : values('ipv6.nxt'))[at] as string
  let fragment: string | undefined
  let later = false
  if (family === 'ip') {
    later = Number(values('ip.frag_offset')[at]) > 0
    if (later || isSet(values('ip.flags.mf')[at]))
      fragment = `${source} ${destination} ${protocol} ${values('ip.id')[at]}`
  }
  const passed = new Map<string, number>() // of a kind there may be several
  for (let next = EXTENSIONS[protocol]; next && !later; next = EXTENSIONS[protocol]) {
    if (family === 'ip' && protocol !== '51') break
    if (protocol === '44') {
      later = Number(values('ipv6.fraghdr.offset')[0]) > 0
      if (later || isSet(values('ipv6.fraghdr.more')[0]))
        fragment = `${source} ${destination} ${values('ipv6.fraghdr.ident')[0]}`
    }
    const nth = passed.get(next) ?? 0
    passed.set(next, nth + 1)
    const following = values(next)[nth]
    if (following === undefined) break
    protocol = following
  }
  const transport = NAMES[protocol] ?? protocol
  if (later && fragment !== undefined) {
    const known = first.get(fragment)
    if (known !== undefined) return { key: known, flags: 0 }
  }
  const hasPorts = !later && ['tcp', 'udp', 'sctp'].includes(transport)
  const nth = hasPorts ? before[transport as Transport] : 0
  const port = (end: 'srcport' | 'dstport') =>
    (hasPorts && values(`${transport as Transport}.${end}`)[nth]) || '-'
  // What is a fragment of something unknown is a connection of its own.
  const name = later ? `${transport}!` : transport
  const key = `${name} ${source} ${port('srcport')} ${destination} ${port('dstport')}`
  if (fragment !== undefined && !later) first.set(fragment, key)
  return { key, flags: transport === 'tcp' && !later ? Number(values('tcp.flags')[nth] ?? 0) : 0 }
}

const isSet = (value: string | undefined) => value === '1' || value === 'True'

type Transport = 'tcp' | 'udp' | 'sctp'

interface Header {
  readonly family: 'ip' | 'ipv6'
  /** Which of its family. */
  readonly at: number
  /** How many headers of each transport stand before it. */
  readonly before: Readonly<Record<Transport, number>>
}

const isOfTunnel = (name: string) => TUNNELS.has(name) || BETWEEN.has(name) || name.startsWith('ipv6.')

/** Ethernet or MPLS in UDP or in IP itself. */
const isOtherTunnel = (name: string, last: string) =>
  (name === 'eth' || name === 'mpls') && /^(udp|ip|ipv6.*)$/.test(last)

/** The wanted IP header. Those behind ICMP are quotations. */
function headerOf(values: Values, inside: boolean): Header | undefined {
  const count = { ip: 0, ipv6: 0, tcp: 0, udp: 0, sctp: 0 }
  let found: Header | undefined
  let depth = -1
  let last = ''
  for (const name of values('frame.protocols')[0]?.split(':') ?? []) {
    if (name === 'ip' || name === 'ipv6') {
      const at = count[name]++
      if (found && values(`${name}.src`)[at] === undefined) break // the outside counts
      found = { family: name, at, before: { ...count } }
      if (!inside || ++depth === MAX_TUNNELS) break
    } else if (found && (isOtherTunnel(name, last) || !isOfTunnel(name))) break
    else if (name === 'tcp' || name === 'udp' || name === 'sctp') count[name]++
    last = name
  }
  return found
}
