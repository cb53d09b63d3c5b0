import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { Namespace } from '../kernel/network.ts'
import { decodeAnswer } from './answer.ts'
import { type Row, rows } from './packets.ts'

const build = fileURLToPath(new URL('../../build/test/', import.meta.url))

const ETHERNET = 1
const RAW = 101
/** No device with a link header takes a frame that is shorter (net/packet/af_packet.c, dev_validate_header). */
const ETHERNET_BYTES = 14

interface Frame {
  readonly row: Row
  readonly length: number
}

/** Frames that take the same way through one program. */
interface Batch {
  readonly device: 'veth0' | 'tun0'
  readonly program: string
  readonly linkType: number
  readonly frames: readonly Frame[]
}

export interface Result {
  /** How many frames were parsed, each length of a row being one. */
  readonly frames: number
  /** Rows of which every length from 1 byte on was parsed, by the way that the whole frame took. */
  readonly rows: { readonly test_run: number; readonly packet: number }
  /** What the kernel's answer was not as the table says, in words. */
  readonly differences: readonly string[]
}

/** The first n bytes of each row's frame, for every n. A packet of no bytes does not exist. */
const cuts = (list: readonly Row[]): Frame[] =>
  list.flatMap((row) => Array.from({ length: row.frame.length }, (_, i) => ({ row, length: i + 1 })))

function batches(): Batch[] {
  const ethernet = (inside: boolean) => {
    const program = `parse_ethernet${inside ? '_inside' : ''}`
    const frames = cuts(rows.filter((row) => row.linkType === ETHERNET && row.decapsulate === inside))
    const isLong = ({ length }: Frame) => length >= ETHERNET_BYTES
    return [
      { device: 'veth0', program, linkType: ETHERNET, frames: frames.filter(isLong) },
      { device: 'tun0', program, linkType: ETHERNET, frames: frames.filter((frame) => !isLong(frame)) },
    ] as const
  }
  const raw = (inside: boolean): Batch => ({
    device: 'tun0',
    program: `parse_ip${inside ? '_inside' : ''}`,
    linkType: RAW,
    frames: cuts(rows.filter((row) => row.linkType === RAW && row.decapsulate === inside)),
  })
  const ofFiles = new Set(
    rows.map(({ linkType }) => linkType).filter((type) => type !== ETHERNET && type !== RAW),
  )
  return [
    ...ethernet(false),
    ...ethernet(true),
    raw(false),
    raw(true),
    ...[...ofFiles].map(
      (linkType): Batch => ({
        device: 'tun0',
        program: 'parse_capture',
        linkType,
        frames: cuts(rows.filter((row) => row.linkType === linkType)),
      }),
    ),
  ]
}

async function answersTo(
  namespace: Namespace,
  { device, program, linkType, frames }: Batch,
): Promise<string[]> {
  const [enter, ...into] = namespace.enter
  const tool = spawn(
    enter,
    [...into, `${build}parse_frames`, `${build}parse.bpf.o`, device, program, String(linkType)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const ended = once(tool, 'close')
  tool.stdin.end(
    frames
      .map(({ row, length }) => `${Buffer.from(row.frame.subarray(0, length)).toString('hex')}\n`)
      .join(''),
  )
  const answers = (await text(tool.stdout)).trimEnd().split('\n')
  const [status] = await ended
  if (status !== 0 || answers.length !== frames.length)
    throw new Error(
      `parse_frames ${program}: status ${status}, ${answers.length} of ${frames.length} answers`,
    )
  return answers
}

/** Sends the table's packets, cut anywhere, to the parser in the kernel. Needs root. */
export async function parseTableInKernel(): Promise<Result> {
  await using namespace = await Namespace.create('packets')
  await namespace.sysctl('net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1')
  await namespace.ip('link add veth0 type veth peer name veth1')
  await namespace.ip('tuntap add dev tun0 mode tun')
  for (const device of ['veth0', 'veth1', 'tun0']) await namespace.ip(`link set dev ${device} arp off up`)

  let count = 0
  const parsed = { test_run: 0, packet: 0 }
  const differences: string[] = []
  for (const batch of batches()) {
    const answers = await answersTo(namespace, batch)
    for (const [i, { row, length }] of batch.frames.entries()) {
      const [route = '', hex = ''] = (answers[i] as string).split(' ')
      const asked = `${row.linkType}: ${row.title}, ${length} of ${row.frame.length} bytes`
      const [found, expected] = [decodeAnswer(hex), row.expected(length)]
      if (route !== 'test_run' && route !== 'packet') differences.push(`${asked}: reached no program`)
      else if (!isDeepStrictEqual(found, expected))
        differences.push(`${asked}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
      else if (length === row.frame.length) parsed[route]++
      count++
    }
  }
  return { frames: count, rows: parsed, differences }
}
