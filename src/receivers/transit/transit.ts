import type { Generation, SignalColumns } from '../../native.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import { type Dictionary, PointBatch } from '../../pipeline/point-batch.ts'
import { type Attempt, Attempts } from './attempts.ts'
import { CLIENT_TOLD, Claims, SERVER_TOLD } from './claims.ts'
import { Rows } from './rows.ts'

/** As long as the wait after a kernel's last SYN (net.ipv4.tcp_syn_retries 6, RFC 6298), and some. */
const FAILED_CLAIMS_MS = 150_000
const MAX_ADDRESSES = 65_536

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
  readonly claims = new Claims(FAILED_CLAIMS_MS)
  private readonly attempts = new Attempts()
  private addresses = new Addresses()

  /** The points of an interval, after its claims were made. */
  batches({ signals, signalsLost = 0, startMs, endMs }: Generation): PointBatch[] {
    if (!signals) return []
    if (this.addresses.size > MAX_ADDRESSES) this.addresses = new Addresses()
    const batches = [this.told(signals), this.resets(signals), this.unreachable(signals)]
      .filter((rows) => rows.length > 0)
      .map((rows) => new PointBatch(rows.parts(startMs, endMs)))
    return [...batches, lostBatch(signalsLost + this.attempts.takeLost(), startMs, endMs)]
  }

  private told(signals: SignalColumns): Rows {
    const rows = new Rows(this.addresses)
    for (const attempt of this.attempts.settle(signals)) {
      const side = this.sideOf(attempt)
      if (!side) continue
      rows.add(attempt.words, 0, attempt.ports, 6)
      rows.say('netsonde.observer.side', side)
      rows.say('netsonde.flow.direction.evidence', 'syn')
      rows.say('outcome', attempt.error ? 'failure' : 'success')
      rows.say('error.type', attempt.error)
      rows.count('netsonde.tcp.connection.attempts', 1)
      rows.count('netsonde.tcp.handshake.duration', attempt.duration)
      rows.count('netsonde.tcp.rtt', attempt.rtt)
    }
    return rows
  }

  /** Whose sight an attempt is told from; undefined: a socket has told it. */
  private sideOf({ words, ports, local, error }: Attempt): 'transit' | 'destination' | undefined {
    const told = this.claims.of(words, ports)
    if (error && local & 2) return told & SERVER_TOLD ? undefined : 'destination'
    return told || local ? undefined : 'transit'
  }

  private resets(signals: SignalColumns): Rows {
    const rows = new Rows(this.addresses)
    const words = wordsOf(signals)
    for (let row = 0; row < signals.length; row++) {
      if (((signals.local[row] as number) & 3) !== 0 || signals.translated[row]) continue
      for (const way of [0, 1] as const) {
        const resets = signals.resets[row * 2 + way] as number
        if (resets === 0 || this.isClaimed(signals, words, row)) continue
        const client = signals.client[row] as number
        rows.add(...endsOf(signals, words, row, client === 2), 6)
        rows.say('netsonde.observer.side', 'transit')
        rows.say(
          'netsonde.flow.direction',
          client === 0 ? 'unknown' : client - 1 === way ? 'forward' : 'reverse',
        )
        rows.count('netsonde.tcp.resets', resets)
      }
    }
    return rows
  }

  /** Who is the client may not be known. */
  private isClaimed(signals: SignalColumns, words: Uint32Array, row: number): boolean {
    return [false, true].some((swapped) => {
      const [own, , ports] = endsOf(signals, words, row, swapped)
      return (this.claims.of(own, ports) & (CLIENT_TOLD | SERVER_TOLD)) !== 0
    })
  }

  private unreachable(signals: SignalColumns): Rows {
    const rows = new Rows(this.addresses)
    const words = wordsOf(signals)
    for (let row = 0; row < signals.length; row++) {
      const messages = signals.unreachables[row] as number
      if (messages === 0 || signals.translated[row]) continue
      const upward = signals.unreachableWay[row] === 1
      rows.add(...endsOf(signals, words, row, upward), signals.protocol[row] as number)
      rows.say('error.type', UNREACHABLE[signals.unreachable[row] as number])
      rows.count('netsonde.flow.unreachable', messages)
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
