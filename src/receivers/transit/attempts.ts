import type { SignalColumns } from '../../native.ts'

/** By enum client of bpf/shared/flow.h. */
type End = 1 | 2

/** enum unreachable of bpf/shared/signals.h */
const ERRORS = [
  'other',
  'net_unreachable',
  'host_unreachable',
  'refused',
  'refused',
  'other',
  'other',
] as const

/** How an attempt to connect ended, as the packets on the way tell it. */
export interface Attempt {
  /** Addresses, four words each, the client's first. */
  readonly words: Uint32Array
  /** The client's first. */
  readonly ports: readonly [number, number]
  /** Bit 0: the client is this node, bit 1: the server. */
  readonly local: number
  /** Seconds from the first SYN to the client's answer to the SYN and ACK; NaN where it failed. */
  readonly duration: number
  /** Seconds that a SYN, its answer and the answer to that took; NaN where that is not known. */
  readonly rtt: number
  readonly error: (typeof ERRORS)[number] | 'timeout' | 'reset' | 'aborted' | undefined
}

interface Pending {
  readonly client: End
  readonly words: Uint32Array
  readonly ports: readonly [number, number]
  readonly local: number
  syn: number
  lastSyn: number
  synAck: number
  /** What ICMP said, 0: nothing. A client may try again all the same (RFC 5461), so it is no end by itself. */
  unreachable: number
}

/** A SYN that is sent again is so after a second at least (RFC 6298 2); two hooks of a node are not that far apart. */
const SENT_AGAIN_S = 0.2
/** Waits double (RFC 6298 5.5), and this is what may come to it on the way. */
const SLACK_S = 4

/**
 * Puts together what passed by of the opening of each connection, in one generation or in several. An attempt is told
 * when it has come to its end: the handshake is over, was refused, or the next SYN was due and did not come.
 */
export class Attempts {
  private readonly pending = new Map<string, Pending>()
  private readonly most: number
  private lost = 0

  /** @param most attempts at a time: a flood of SYNs is not to take all memory */
  constructor(most = 65_536) {
    this.most = most
  }

  /** The attempts that came to their end. */
  settle(signals: SignalColumns): Attempt[] {
    const settled: Attempt[] = []
    const words = new Uint32Array(signals.addresses.buffer, signals.addresses.byteOffset, signals.length * 8)
    for (let row = 0; row < signals.length; row++)
      if (!signals.translated[row]) this.take(signals, row, words, settled)
    for (const [key, pending] of this.pending) {
      const waited = pending.lastSyn - pending.syn
      if (signals.now - pending.lastSyn <= waited + 1 + SLACK_S) continue
      this.pending.delete(key)
      settled.push(failed(pending, errorOfSilence(pending)))
    }
    return settled
  }

  /** How many found no room since the last call. */
  takeLost(): number {
    const { lost } = this
    this.lost = 0
    return lost
  }

  private take(signals: SignalColumns, row: number, words: Uint32Array, settled: Attempt[]): void {
    const own = words.subarray(row * 8, row * 8 + 8)
    const ports = signals.ports.subarray(row * 2, row * 2 + 2)
    const key = this.pending.size > 0 || !isWhole(signals, row) ? `${own.join()} ${ports.join()}` : ''
    const before = this.pending.get(key)
    const now = before ?? begun(signals, row, own, ports)
    if (!now) return
    merge(now, signals, row)
    const end = endOf(now, signals, row)
    if (end) {
      this.pending.delete(key)
      settled.push(end)
    } else if (!before) {
      if (this.pending.size < this.most) this.pending.set(key, now)
      else this.lost++
    }
  }
}

const isWhole = ({ syn, ack }: SignalColumns, row: number): boolean =>
  !Number.isNaN(syn[row] as number) && !Number.isNaN(ack[row] as number)

/** Nothing is said of a connection whose first SYN passed before the programs were there. */
function begun(
  { syn, client, local }: SignalColumns,
  row: number,
  words: Uint32Array,
  ports: Uint16Array,
): Pending | undefined {
  if (Number.isNaN(syn[row] as number)) return undefined
  const lower = client[row] === 1
  const bits = (local[row] as number) & 3
  const [low, high] = ports as unknown as [number, number]
  return {
    client: lower ? 1 : 2,
    words: lower ? words.slice() : Uint32Array.of(...words.subarray(4), ...words.subarray(0, 4)),
    ports: lower ? [low, high] : [high, low],
    local: lower ? bits : (bits >> 1) | ((bits & 1) << 1),
    syn: syn[row] as number,
    lastSyn: syn[row] as number,
    synAck: Number.NaN,
    unreachable: 0,
  }
}

function merge(pending: Pending, signals: SignalColumns, row: number): void {
  const { lastSyn, synAck, unreachable } = signals
  if (!Number.isNaN(lastSyn[row] as number)) pending.lastSyn = lastSyn[row] as number
  if (Number.isNaN(pending.synAck)) pending.synAck = synAck[row] as number
  if (isClients(pending, signals, row)) pending.unreachable ||= unreachable[row] as number
}

function endOf(pending: Pending, signals: SignalColumns, row: number): Attempt | undefined {
  const { ack, reset } = signals
  if (!Number.isNaN(ack[row] as number)) return succeeded(pending, ack[row] as number)
  if (!Number.isNaN(reset[row] as number)) return failed(pending, errorOfReset(pending, signals, row))
  return undefined
}

function succeeded(pending: Pending, at: number): Attempt {
  const { words, ports, local, syn, lastSyn } = pending
  const duration = at - syn
  return {
    words,
    ports,
    local,
    duration,
    rtt: lastSyn - syn > SENT_AGAIN_S ? Number.NaN : duration,
    error: undefined,
  }
}

function errorOfSilence({ unreachable, synAck }: Pending): NonNullable<Attempt['error']> {
  if (unreachable !== 0) return ERRORS[unreachable] ?? 'other'
  return Number.isNaN(synAck) ? 'timeout' : 'aborted'
}

const failed = ({ words, ports, local }: Pending, error: NonNullable<Attempt['error']>): Attempt => ({
  words,
  ports,
  local,
  duration: Number.NaN,
  rtt: Number.NaN,
  error,
})

function errorOfReset({ client, synAck }: Pending, { resets }: SignalColumns, row: number) {
  const byServer = (resets[row * 2 + 2 - client] as number) > 0
  if (!byServer) return 'aborted'
  return Number.isNaN(synAck) ? 'refused' : 'reset'
}

const isClients = ({ client }: Pending, { unreachableWay }: SignalColumns, row: number): boolean =>
  client - 1 === unreachableWay[row]
