import type { TcpEdges, TcpInterval } from '../../native.ts'
import { Addresses } from '../../pipeline/addresses.ts'

/** Which ends have told, as bits: by enum tcp_role of bpf/shared/tcp.h. */
export const CLIENT_TOLD = 1
export const SERVER_TOLD = 2

const MAX_ADDRESSES = 65_536

/** With more failed attempts than this, those of earlier intervals go before their time: no more are pending (Attempts). */
const MAX_FAILED = 65_536

/**
 * The connections of which a socket of this node has told what became of them, so that passing packets do not tell it
 * once more. A claim holds for the interval that it is made in and the next; a failed attempt's for longer, for packets
 * show only by what does not follow that nobody answers.
 */
export class Claims {
  private readonly lastingMs: number
  private ids = new Addresses()
  private recent = pairOfTold()
  private lasting = pairOfTold()
  private turnedMs = 0

  /** @param lastingMs for how long at least a failed attempt is remembered */
  constructor(lastingMs: number) {
    this.lastingMs = lastingMs
  }

  /** Connections that are remembered; one may be so twice. */
  get size(): number {
    return [...this.recent, ...this.lasting].reduce((total, { size }) => total + size, 0)
  }

  /** To be called once an interval, before its claims are made. */
  turn(nowMs: number): void {
    if (this.ids.size > MAX_ADDRESSES) {
      this.ids = new Addresses()
      this.recent = pairOfTold()
      this.lasting = pairOfTold()
    }
    this.recent = [new Told(), this.recent[0]]
    if (nowMs - this.turnedMs < this.lastingMs && this.lasting[0].size < MAX_FAILED) return
    this.turnedMs = nowMs
    this.lasting = [new Told(), this.lasting[0]]
  }

  /** What sockets told in an interval: attempts, and resets of connections. */
  take({ connections, resets }: TcpInterval): void {
    this.takeEdges(connections, (row) =>
      connections.outcome[row] === 0 ? [] : this.kept(connections.outcome[row] === 2),
    )
    this.takeEdges(resets, () => this.kept(false))
  }

  /** Who has told, as bits: of words and ports, the client's first. */
  of(words: Uint32Array, ports: readonly [number, number]): number {
    const pair = this.pairOf(words, 0)
    const key = keyOf(ports)
    let told = 0
    for (const claims of [...this.recent, ...this.lasting]) told |= claims.of(pair, key)
    return told
  }

  private kept(failed: boolean): Told[] {
    return failed ? [this.recent[0], this.lasting[0]] : [this.recent[0]]
  }

  private takeEdges(edges: TcpEdges, keptIn: (row: number) => Told[]): void {
    const words = new Uint32Array(edges.addresses.buffer, edges.addresses.byteOffset, edges.length * 8)
    for (let row = 0; row < edges.length; row++) {
      const kept = keptIn(row)
      if (kept.length === 0) continue
      const pair = this.pairOf(words, row * 8)
      const key = keyOf([edges.ports[row * 2] as number, edges.ports[row * 2 + 1] as number])
      const told = edges.role[row] || CLIENT_TOLD | SERVER_TOLD // 0: nobody knows which end it was
      for (const to of kept) to.add(pair, key, told)
    }
  }

  private pairOf(words: Uint32Array, at: number): number {
    return this.ids.intern(words, at) * 2 ** 26 + this.ids.intern(words, at + 4)
  }
}

/** Who has told, as bits, by the pair of addresses and by the ports. */
class Told {
  size = 0
  private readonly byPair = new Map<number, Map<number, number>>()

  of(pair: number, key: number): number {
    return this.byPair.get(pair)?.get(key) ?? 0
  }

  add(pair: number, key: number, told: number): void {
    let ofPair = this.byPair.get(pair)
    if (!ofPair) {
      ofPair = new Map()
      this.byPair.set(pair, ofPair)
    }
    const before = ofPair.get(key)
    if (before === undefined) this.size++
    ofPair.set(key, (before ?? 0) | told)
  }
}

/** The newer one first. */
const pairOfTold = (): [Told, Told] => [new Told(), new Told()]

const keyOf = ([client, server]: readonly [number, number]): number => client * 65_536 + server
