import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What one sender sent to one receiver: `transport sender port receiver port`, packets and bytes. */
export type Sent = Map<string, { packets: number; bytes: number }>

export interface Truth {
  readonly sent: Sent
  /** Frames without an IP header that tshark could read. */
  readonly others: { packets: number; bytes: number }
}

const FIELDS = [
  'frame.len',
  'frame.protocols',
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
  'udp.srcport',
  'udp.dstport',
  'sctp.srcport',
  'sctp.dstport',
] as const
type Frame = (name: (typeof FIELDS)[number]) => string[]

/** What names the next header, by the number of the header. */
const EXTENSIONS: Readonly<Record<string, (typeof FIELDS)[number]>> = {
  0: 'ipv6.hopopts.nxt',
  43: 'ipv6.routing.nxt',
  44: 'ipv6.fraghdr.nxt',
  51: 'ah.next_header',
  60: 'ipv6.dstopts.nxt',
}
const NAMES: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp', 132: 'sctp' }

/**
 * Asks tshark for each frame's headers, and adds them up: an answer that shares no code with ours.
 *
 * @param inside whether the addresses are those of the innermost IP header instead of the outermost
 */
export async function askTshark(path: string, inside: boolean): Promise<Truth> {
  const { stdout } = await promisify(execFile)(
    'tshark',
    [
      ...['-r', path, '-T', 'fields', '-E', 'separator=;', '-E', 'aggregator=,', '-E', 'occurrence=a'],
      // As the frames are: each for itself.
      ...[
        '-o',
        'ip.defragment:FALSE',
        '-o',
        'ipv6.defragment:FALSE',
        '-o',
        'tcp.desegment_tcp_streams:FALSE',
      ],
      ...FIELDS.flatMap((field) => ['-e', field]),
    ],
    { maxBuffer: 1 << 30, env: { ...process.env, LC_ALL: 'C' } },
  ).catch((error: { stdout?: string; stderr?: string }) => {
    // A cut file: what could be read is printed all the same.
    if (error.stdout && /cut short/.test(error.stderr ?? '')) return { stdout: error.stdout }
    throw error
  })

  const sent: Sent = new Map()
  const others = { packets: 0, bytes: 0 }
  const first = new Map<string, string>()
  for (const line of stdout.split('\n')) {
    if (line === '') continue
    const values = line.split(';')
    const frame: Frame = (name) => values[FIELDS.indexOf(name)]?.split(',').filter(Boolean) ?? []
    const bytes = Number(frame('frame.len')[0])
    const key = keyOf(frame, inside, first)
    const to = key === undefined ? others : (sent.get(key) ?? { packets: 0, bytes: 0 })
    to.packets++
    to.bytes += bytes
    if (key !== undefined) sent.set(key, to)
  }
  return { sent, others }
}

function keyOf(frame: Frame, inside: boolean, first: Map<string, string>): string | undefined {
  const found = headerOf(frame, inside)
  if (!found) return undefined
  const { family, at } = found
  const [source, destination] =
    family === 'ip'
      ? [frame('ip.src')[at], frame('ip.dst')[at]]
      : [frame('ipv6.src')[at], frame('ipv6.dst')[at]]
  if (source === undefined || destination === undefined) return undefined
  let protocol = (family === 'ip' ? frame('ip.proto') : frame('ipv6.nxt'))[at] as string
  let fragment: string | undefined
  let later = false
  if (family === 'ip') {
    later = Number(frame('ip.frag_offset')[at]) > 0
    if (later || isSet(frame('ip.flags.mf')[at]))
      fragment = `${source} ${destination} ${protocol} ${frame('ip.id')[at]}`
  }
  const passed = new Map<string, number>() // of a kind there may be several
  for (let next = EXTENSIONS[protocol]; next && !later; next = EXTENSIONS[protocol]) {
    if (family === 'ip' && protocol !== '51') break
    if (protocol === '44') {
      later = Number(frame('ipv6.fraghdr.offset')[0]) > 0
      if (later || isSet(frame('ipv6.fraghdr.more')[0]))
        fragment = `${source} ${destination} ${frame('ipv6.fraghdr.ident')[0]}`
    }
    const nth = passed.get(next) ?? 0
    passed.set(next, nth + 1)
    const following = frame(next)[nth]
    if (following === undefined) break
    protocol = following
  }
  const transport = NAMES[protocol] ?? protocol
  if (later && fragment !== undefined) {
    const known = first.get(fragment)
    if (known !== undefined) return known
  }
  const hasPorts = !later && ['tcp', 'udp', 'sctp'].includes(transport)
  // Of headers one within the other the first or the last; in between lie only those of tunnels.
  const port = (end: 'srcport' | 'dstport') =>
    (hasPorts && frame(`${transport as 'tcp' | 'udp' | 'sctp'}.${end}`).at(inside ? -1 : 0)) || '-'
  const key = `${transport} ${source} ${port('srcport')} ${destination} ${port('dstport')}`
  if (fragment !== undefined && !later) first.set(fragment, key)
  return key
}

const isSet = (value: string | undefined) => value === '1' || value === 'True'

/** Which of its kind the wanted IP header is. Those behind ICMP are quotations. */
function headerOf(frame: Frame, inside: boolean): { family: 'ip' | 'ipv6'; at: number } | undefined {
  const count = { ip: 0, ipv6: 0 }
  let found: { family: 'ip' | 'ipv6'; at: number } | undefined
  for (const name of frame('frame.protocols')[0]?.split(':') ?? []) {
    if (name === 'icmp' || name === 'icmpv6') break
    if (name !== 'ip' && name !== 'ipv6') continue
    found = { family: name, at: count[name]++ }
    if (!inside) break
  }
  return found
}
