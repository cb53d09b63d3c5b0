/**
 * Compares what `netsonde flows` says of captures with what tshark says of their frames: connections, packets and bytes
 * each way, first and last seen, the client where there is a SYN, what was seen and what is not IP. Each capture is
 * asked twice, of the outside and of the inside of tunnels: `npm run test:captures -- FILE-OR-FOLDER...`
 */
import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { framesOf, type TsharkFrame } from './tshark.ts'

const NETSONDE = fileURLToPath(new URL('../../bin/netsonde', import.meta.url))

interface Connection {
  packets: [number, number]
  bytes: [number, number]
  first: string
  last: string
  client: string | undefined
  /** A time that tshark itself cannot write: a fraction of more than a second, or a second of more than 31 bits. */
  wild: boolean
}
type Answer = Map<string, Connection>

const opposite = (key: string): string => {
  const [transport, source, sourcePort, destination, destinationPort] = key.split(' ')
  return [transport, destination, destinationPort, source, sourcePort].join(' ')
}

/** Differences of one capture. */
const SHOWN = 8
const SYN = 0x02
const ACK = 0x10

function truthOf(frames: readonly TsharkFrame[], inside: boolean) {
  const answer: Answer = new Map()
  const seen = { packets: 0, bytes: 0 }
  const unparsed = { packets: 0, bytes: 0 }
  const where = new Map<string, number>()
  for (const frame of frames) {
    seen.packets++
    seen.bytes += frame.bytes
    const found = inside ? frame.inside : frame.outside
    if (found === undefined) {
      unparsed.packets++
      unparsed.bytes += frame.bytes
      continue
    }
    const reverse = opposite(found.key)
    const way = answer.has(reverse) && !answer.has(found.key) ? 1 : 0
    const key = way ? reverse : found.key
    let to = answer.get(key)
    if (!to) {
      to = { packets: [0, 0], bytes: [0, 0], first: '', last: '', client: undefined, wild: false }
      answer.set(key, to)
      where.set(key, frame.number)
    }
    to.packets[way]++
    to.bytes[way] += frame.bytes
    const time = timeOfTshark(frame.time)
    to.wild ||= time === undefined
    if (time && (!to.first || time < to.first)) to.first = time
    if (time && (!to.last || time > to.last)) to.last = time
    if (found.flags & SYN) to.client = found.flags & ACK ? reverse : found.key
  }
  return { answer, seen, unparsed, where }
}

/** A time to the microsecond, as sortable text; empty: there is none. */
const timeOf = (seconds: string | number, fraction: string): string =>
  `${String(seconds).padStart(12, '0')}.${fraction.slice(0, 6)}`

function timeOfTshark(epoch: string): string | undefined {
  if (epoch === '') return ''
  const [, seconds, fraction] = /^(\d+)\.(\d{9})$/.exec(epoch) ?? []
  return seconds && fraction ? timeOf(seconds, fraction) : undefined
}

function timeOfNetsonde(time: string | null): string {
  const [, whole, fraction] = /^(.*)\.(\d+)Z$/.exec(time ?? '') ?? []
  return whole && fraction ? timeOf(Date.parse(`${whole}Z`) / 1000, fraction) : ''
}

async function netsondeOf(path: string, inside: boolean) {
  const { stdout, stderr } = await promisify(execFile)(
    NETSONDE,
    ['flows', '--read', path, '--format', 'jsonl', ...(inside ? ['--decapsulate'] : [])],
    { maxBuffer: 1 << 29 },
  ).catch((error) => {
    if (error.stdout?.includes('{"capture":')) return error
    throw error
  })
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line: string) => JSON.parse(line))
  return { connections: rows.slice(0, -1), capture: rows.at(-1).capture, said: stderr as string }
}

async function differencesOf(
  path: string,
  frames: readonly TsharkFrame[],
  inside: boolean,
  complaint: string,
): Promise<string[]> {
  const differences: string[] = []
  const differ = (what: string, ours: unknown, theirs: unknown) => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      differences.push(`${what}: netsonde ${JSON.stringify(ours)}, tshark ${JSON.stringify(theirs)}`)
  }
  const truth = truthOf(frames, inside)
  let ours: Awaited<ReturnType<typeof netsondeOf>>
  try {
    ours = await netsondeOf(path, inside)
  } catch (error) {
    return [`netsonde: ${(error as { stderr?: string }).stderr ?? error}`]
  }
  if (ours.said !== '' && !complaint && !/link type/.test(ours.said))
    differences.push(`said: ${ours.said.trim()}`)
  if (ours.said === '' && complaint) differences.push(`tshark said: ${complaint}`)
  const { capture } = ours
  differ('seen', capture.seen, truth.seen)
  differ('unparsed', { packets: capture.unparsed.packets, bytes: capture.unparsed.bytes }, truth.unparsed)
  const sum = { packets: 0, bytes: 0 }
  for (const row of ours.connections) {
    sum.packets += row.packets_forward + row.packets_reverse
    sum.bytes += row.bytes_forward + row.bytes_reverse
    const key = [
      row['network.transport'] + (row.later_fragments_only ? '!' : ''),
      row['source.address'],
      row['source.port'] ?? '-',
      row['destination.address'],
      row['destination.port'] ?? '-',
    ].join(' ')
    const known = truth.answer.has(key) ? key : opposite(key)
    const theirs = truth.answer.get(known)
    if (!theirs) {
      differences.push(
        `only netsonde: ${JSON.stringify(row)} reasons ${JSON.stringify(capture.unparsed.reasons)}`,
      )
      continue
    }
    truth.answer.delete(known)
    const turn = (pair: [number, number]) => (known === key ? pair : [pair[1], pair[0]])
    differ(`${key} packets`, [row.packets_forward, row.packets_reverse], turn(theirs.packets))
    differ(`${key} bytes`, [row.bytes_forward, row.bytes_reverse], turn(theirs.bytes))
    if (!theirs.wild) {
      differ(`${key} first`, timeOfNetsonde(row.first_seen), theirs.first)
      differ(`${key} last`, timeOfNetsonde(row.last_seen), theirs.last)
    }
    const evidence = row['netsonde.flow.direction.evidence']
    if (theirs.client !== undefined) differ(`${key} client`, [evidence, key], ['syn', theirs.client])
    else if (evidence === 'syn') differences.push(`${key} has no SYN for tshark`)
  }
  differ('accounted', capture.accounted, sum)
  for (const [key, row] of truth.answer)
    differences.push(`only tshark: ${key} ${JSON.stringify(row)} frame ${truth.where.get(key)}`)
  return differences
}

const filesOf = (path: string): string[] =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesOf(join(path, name))) : [path]

const tally = { equal: 0, different: 0, refused: 0 }

/** Outside and inside of one capture. What tshark does not read is nothing to compare with. */
async function compare(path: string): Promise<void> {
  const frames: TsharkFrame[] = []
  let complaint = ''
  try {
    for await (const frame of framesOf(path, (said) => (complaint = said))) frames.push(frame)
  } catch {
    tally.refused++
    return
  }
  for (const inside of [false, true]) {
    const differences = await differencesOf(path, frames, inside, complaint).catch(String)
    tally[differences.length === 0 ? 'equal' : 'different']++
    if (differences.length === 0) continue
    const lines = [differences].flat().slice(0, SHOWN)
    process.stdout.write(
      `${path}${inside ? ' (inside)' : ''}\n${lines.map((line) => `   ${line}\n`).join('')}`,
    )
  }
}

const waiting = process.argv.slice(2).flatMap(filesOf).values()
const work = async () => {
  for (const path of waiting) await compare(path)
}
await Promise.all([work(), work()])
const { equal, different, refused } = tally
process.stdout.write(`${equal} equal, ${different} different, ${refused} files that tshark does not read\n`)
process.exitCode = different > 0 || equal === 0 ? 1 : 0
