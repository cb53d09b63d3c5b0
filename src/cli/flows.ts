import type { CapturePart } from '../native/capture.ts'
import { slots } from '../native/datapath.ts'
import type { Size } from '../native/generation.ts'
import { Addresses } from '../pipeline/addresses.ts'
import { evidenceName, transportName } from '../receivers/flows/names.ts'
import { Paths, Total } from '../receivers/flows/slots.ts'
import { emptyWay } from '../receivers/flows/way.ts'
import { openCapture, unknownLinks } from '../receivers/pcap/capture.ts'
import type { Host } from './cli.ts'

/** Connections that are text at a time. */
const PART_CONNECTIONS = 4096
/** As the pcap receiver's max_flows. */
const MAX_FLOWS = 1_048_576

export interface FlowsOptions {
  readonly path: string
  readonly decapsulate: boolean
}

/**
 * Prints a line of JSON for each connection of a capture file, and on the last line what became of every packet.
 *
 * @returns the exit status: 1 if the file is damaged; what is before the damage is printed all the same
 * @throws {NetsondeError} CAPTURE_UNREADABLE, CAPTURE_FORMAT
 */
export async function flows({ path, decapsulate }: FlowsOptions, host: Host): Promise<number> {
  using capture = await openCapture(path, { maxFlows: MAX_FLOWS, decapsulate })
  await capture.read()
  const accounted = new Total()
  const repeated = new Total()
  let status = 0
  for (const part of capture.parts(PART_CONNECTIONS)) {
    await write(host, linesOf(part, accounted, repeated))
    if (part.last) await write(host, `${JSON.stringify({ capture: ledgerOf(part, accounted, repeated) })}\n`)
    const unknown = part.last ? unknownLinks(part) : undefined
    if (unknown) host.stderr.write(`netsonde: ${path}: ${unknown}\n`)
    if (!part.problem) continue
    host.stderr.write(`netsonde: ${path}: ${part.problem}; what was read before is counted\n`)
    status = 1
  }
  return status
}

/** Until the reader's end has it, for the process exits after the last line. One that has gone away takes nothing more. */
async function write({ stdout }: Host, text: string): Promise<void> {
  if (text === '' || stdout.destroyed) return
  await new Promise<void>((resolve) => stdout.write(text, () => resolve()))
}

function linesOf(part: CapturePart, accounted: Total, repeated: Total): string {
  const { flows } = part
  const addresses = new Addresses()
  const words = new Uint32Array(flows.addresses.buffer, flows.addresses.byteOffset, flows.length * 8)
  const ways = [emptyWay(), emptyWay()] as const
  const paths = new Paths(slots())
  paths.begin(part)
  let text = ''
  for (let row = 0; row < flows.length; row++) {
    paths.count(row, ways)
    for (const way of ways) {
      accounted.add(way.packets, way.bytes)
      repeated.add(way.repeatedPackets, way.repeatedBytes)
    }
    // The first slot is the way of the first packet, whose sender stands in for a client that is not known.
    const client = flows.client[row] as number
    const source = client === 0 ? (flows.hooks[row * slots()] as number) & 1 : client - 1
    const end = (side: number) => ({
      address: addresses.value(addresses.intern(words, row * 8 + side * 4)),
      port: flows.hasPorts[row] ? (flows.ports[row * 2 + side] as number) : null,
    })
    const [from, to] = [end(source), end(1 - source)]
    const [forward, reverse] = source === 0 ? ways : [ways[1], ways[0]]
    text += `${JSON.stringify({
      'source.address': from.address,
      'source.port': from.port,
      'destination.address': to.address,
      'destination.port': to.port,
      'network.transport': transportName(flows.protocol[row] as number),
      'network.type': flows.family[row] === 4 ? 'ipv4' : 'ipv6',
      'netsonde.flow.direction.evidence': evidenceName(flows.evidence[row] as number),
      packets_forward: forward.packets,
      packets_reverse: reverse.packets,
      bytes_forward: forward.bytes,
      bytes_reverse: reverse.bytes,
      first_seen: timeOf(flows.firstSeenMs[row] as number),
      last_seen: timeOf(flows.lastSeenMs[row] as number),
      later_fragments_only: flows.laterFragment[row] === 1 || undefined,
    })}\n`
  }
  return text
}

/** RFC 3339 with microseconds, which is what the milliseconds' fraction holds exactly. */
function timeOf(ms: number): string | null {
  if (Number.isNaN(ms)) return null
  const us = Math.round(ms * 1000)
  const date = new Date(Math.floor(us / 1000))
  if (Number.isNaN(date.getTime())) return null // past the year 275760
  return date.toISOString().replace('Z', `${String(us % 1000).padStart(3, '0')}Z`)
}

function ledgerOf({ capture }: CapturePart, accounted: Size, repeated: Size) {
  const unparsed = new Total()
  for (const { packets, bytes } of Object.values(capture.unparsed)) unparsed.add(packets, bytes)
  const overflow = new Total()
  for (const { packets, bytes } of capture.overflow) overflow.add(packets, bytes)
  return {
    seen: capture.seen,
    accounted,
    overflow,
    repeated,
    filtered: new Total(),
    unparsed: { ...unparsed, reasons: capture.unparsed },
  }
}
