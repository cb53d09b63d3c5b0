import type { Generation, SignalColumns } from '../../native/generation.ts'
import { Passing, type PassingAttempts, type PassingRows } from '../../native/passing.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import { type Dictionary, PointBatch } from '../../pipeline/point-batch.ts'
import { edgeColumns, errors, outcomes } from '../flows/edges.ts'
import { Rows } from './rows.ts'

/** As long as the wait after a kernel's last SYN (net.ipv4.tcp_syn_retries 6, RFC 6298), and some. */
const FAILED_CLAIMS_MS = 150_000
/** A flood of SYNs is not to take all memory. */
const MAX_ATTEMPTS = 65_536
const MAX_ADDRESSES = 65_536

/** enum tcp_outcome of bpf/shared/tcp.h */
const SUCCESS = 1
const FAILURE = 2

/** enum unreachable of bpf/shared/signals.h, as error.type. */
const UNREACHABLE = [
  undefined,
  'net_unreachable',
  'host_unreachable',
  'port_unreachable',
  'protocol_unreachable',
  'prohibited',
  'other',
] as const

/**
 * What passing packets tell of connections that no socket of this node tells of: those of a router or of virtual
 * machines, and attempts at a server of this node that never had a socket. ICMP's "destination unreachable" is told of
 * every connection: no socket of UDP tells it.
 */
export class Transit {
  /** Where sockets claim what they told. */
  readonly passing: Passing
  private addresses = new Addresses()

  private readonly complain: (reason: string) => void
  private complaint = ''

  /** @param complain is told once why a server's end cannot be told from one elsewhere */
  constructor(complain: (reason: string) => void = () => {}, maxAttempts = MAX_ATTEMPTS) {
    this.complain = complain
    this.passing = new Passing(FAILED_CLAIMS_MS, maxAttempts)
  }

  /** The points of an interval, after its claims were made. */
  async batches({ signals, signalsLost = 0, startMs, endMs }: Generation): Promise<PointBatch[]> {
    if (!signals) return []
    if (this.addresses.size > MAX_ADDRESSES) this.addresses = new Addresses()
    const found = this.passing.settle(signals)
    const batches = [this.resets(signals, found.resets), this.unreachable(signals, found.unreachable)]
      .filter((rows) => rows.length > 0)
      .map((rows) => new PointBatch(rows.parts(startMs, endMs)))
    return [
      ...[found.attempts, ...(await this.doubtful(found))]
        .filter(({ length }) => length > 0)
        .map((attempts) => this.attempts(attempts, startMs, endMs)),
      ...(found.roundTrips.length > 0 ? [this.roundTrips(found.roundTrips, startMs, endMs)] : []),
      ...batches,
      lostBatch(signalsLost + found.lost, startMs, endMs),
    ]
  }

  private async doubtful(found: PassingRows): Promise<PassingAttempts[]> {
    if (found.doubtful === 0) return []
    const { attempts, problem } = await this.passing.settleDoubtful()
    if (problem !== '' && problem !== this.complaint) this.complain(problem)
    this.complaint = problem
    return [attempts]
  }

  private attempts(attempts: PassingAttempts, startMs: number, endMs: number): PointBatch {
    const { length, error, duration, rtt } = attempts
    const outcome = error.map((each) => (each === 0 ? SUCCESS : FAILURE))
    return new PointBatch({
      startMs,
      endMs,
      length,
      columns: new Map([
        ...edgeColumns(attempts, this.addresses),
        ['outcome', { ids: outcome, dictionary: outcomes }],
        ['error.type', { ids: error, dictionary: errors }],
      ]),
      values: new Map([
        ['netsonde.tcp.connection.attempts', new Float64Array(length).fill(1)],
        ['netsonde.tcp.handshake.duration', duration],
        ['netsonde.tcp.rtt', rtt],
      ]),
    })
  }

  private roundTrips(found: PassingRows['roundTrips'], startMs: number, endMs: number): PointBatch {
    return new PointBatch({
      startMs,
      endMs,
      length: found.length,
      columns: new Map(edgeColumns(found, this.addresses)),
      values: new Map([['netsonde.tcp.rtt', found.rtt]]),
    })
  }

  private resets(signals: SignalColumns, found: Uint32Array): Rows {
    const rows = new Rows(this.addresses)
    const words = wordsOf(signals)
    for (const each of found) {
      const row = each >> 1
      const client = signals.client[row] as number
      rows.add(...endsOf(signals, words, row, client === 2), 6)
      rows.say('netsonde.observer.side', 'transit')
      rows.say(
        'netsonde.flow.direction',
        client === 0 ? 'unknown' : client - 1 === (each & 1) ? 'forward' : 'reverse',
      )
      rows.count('netsonde.tcp.resets', signals.resets[each] as number)
    }
    return rows
  }

  private unreachable(signals: SignalColumns, found: Uint32Array): Rows {
    const rows = new Rows(this.addresses)
    const words = wordsOf(signals)
    for (const row of found) {
      const upward = signals.unreachableWay[row] === 1
      rows.add(...endsOf(signals, words, row, upward), signals.protocol[row] as number)
      rows.say('error.type', UNREACHABLE[signals.unreachable[row] as number])
      rows.count('netsonde.flow.unreachable', signals.unreachables[row] as number)
    }
    return rows
  }
}

const reasons: Dictionary = { value: () => 'passing_full' }

const lostBatch = (lost: number, startMs: number, endMs: number): PointBatch =>
  new PointBatch({
    startMs,
    endMs,
    length: 1,
    columns: new Map([['reason', { ids: Uint8Array.of(0), dictionary: reasons }]]),
    values: new Map([['netsonde.tcp.lost_events', Float64Array.of(lost)]]),
  })

const wordsOf = ({ addresses, length }: SignalColumns): Uint32Array =>
  new Uint32Array(addresses.buffer, addresses.byteOffset, length * 8)

/** @param swapped whether the higher endpoint is to be first */
function endsOf(
  { ports }: SignalColumns,
  words: Uint32Array,
  row: number,
  swapped: boolean,
): [words: Uint32Array, at: number, ports: [number, number]] {
  const [low, high] = ports.subarray(row * 2, row * 2 + 2) as unknown as [number, number]
  const own = words.subarray(row * 8, row * 8 + 8)
  if (!swapped) return [own, 0, [low, high]]
  return [Uint32Array.of(...own.subarray(4), ...own.subarray(0, 4)), 0, [high, low]]
}
