import type { TcpEdges, TcpInterval, TcpSockets } from '../../src/native/tcp.ts'

type Side = 'unknown' | 'source' | 'destination'

/** What was told of a server's port so far: sums, and of estimates the newest. */
export class Told {
  /** By side; what nobody told is not there. */
  readonly rtt: Partial<Record<Side, number>> = {}
  readonly rttMin: Partial<Record<Side, number>> = {}
  readonly rttVariation: Partial<Record<Side, number>> = {}
  readonly handshake: Partial<Record<Side, number>> = {}
  readonly duration: Partial<Record<Side, number>> = {}
  /** `source success`, `destination failure 1`... to how many. */
  readonly attempts: Record<string, number> = {}
  readonly sums: Record<string, number> = {}
  readonly retransmits: Record<string, number> = {}
  readonly resets: Record<string, number> = {}
  /** Of the last look: `source established`. */
  active: Record<string, number> = {}
  /** How many observations of rtt there were. */
  observations = 0
  /** Of all ports: what found no room, or was missed. */
  lost = 0

  private readonly sockets: TcpSockets
  private readonly port: number

  constructor(sockets: TcpSockets, port: number) {
    this.sockets = sockets
    this.port = port
  }

  async look(): Promise<void> {
    this.take(await this.sockets.drain())
  }

  take({ connections, retransmits, resets, active, untracked, endsLost, missed }: TcpInterval): void {
    this.lost += untracked.reduce((sum, each) => sum + each, endsLost + missed)
    const count = (into: Record<string, number>, key: string, more: number) => {
      into[key] = (into[key] ?? 0) + more
    }
    for (const [row, side] of this.rows(connections)) {
      for (const name of ['rtt', 'rttMin', 'rttVariation', 'handshake', 'duration'] as const) {
        const value = connections[name][row] ?? Number.NaN
        if (Number.isNaN(value)) continue
        this[name][side] = value
        if (name === 'rtt') this.observations++
      }
      for (const name of ['sent', 'lost', 'spurious', 'outOfOrder', 'zeroWindows'] as const)
        count(this.sums, `${side} ${name}`, connections[name][row] || 0)
      const outcome = connections.outcome[row]
      if (outcome) count(this.attempts, `${side} ${outcome === 1 ? 'success' : 'failure'}`, 1)
    }
    for (const [row, side] of this.rows(retransmits)) {
      const types = ['syn', 'timeout', 'fast', 'tail_loss_probe', 'unknown']
      count(
        this.retransmits,
        `${side} ${types[retransmits.reason[row] as number]}`,
        retransmits.segments[row] as number,
      )
    }
    for (const [row, side] of this.rows(resets))
      count(
        this.resets,
        `${side} ${resets.received[row] ? 'receive' : 'transmit'}`,
        resets.resets[row] as number,
      )
    this.active = {}
    for (const [row, side] of this.rows(active))
      count(this.active, `${side} ${active.state[row]}`, active.connections[row] as number)
  }

  private *rows(edges: TcpInterval[keyof TcpInterval] & TcpEdges): Generator<[row: number, side: Side]> {
    for (let row = 0; row < edges.length; row++) {
      const { ports, role } = edges
      if (ports[row * 2] !== this.port && ports[row * 2 + 1] !== this.port) continue
      yield [row, (['unknown', 'source', 'destination'] as const)[role[row] as 0 | 1 | 2]]
    }
  }
}
