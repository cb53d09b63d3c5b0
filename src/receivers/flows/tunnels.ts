import type { FlowColumns } from '../../native/generation.ts'
import type { NetworkInterface } from '../../native/interfaces.ts'
import type { Way } from './way.ts'

/** IP protocol numbers that tunnel devices of a kind send and receive. IANA. */
const protocols: Readonly<Record<string, readonly number[]>> = {
  gre: [47],
  gretap: [47],
  erspan: [47],
  ip6gre: [47],
  ip6gretap: [47],
  ip6erspan: [47],
  ipip: [4],
  sit: [41],
  ip6tnl: [4, 41],
}
const UDP = 17

/**
 * Tunnels of this node whose inside is counted: what their packets carry passes the tunnel's device. The outside is the
 * same packets once more.
 */
export class Tunnels {
  private ports: ReadonlySet<number> = new Set()
  /** That WireGuard of this node listens at, and sends from. */
  private ownPorts: ReadonlySet<number> = new Set()
  private protocols: ReadonlySet<number> = new Set()

  /** @param watched whether the programs are at the interface of an index: else its outside is its only account */
  update(interfaces: readonly NetworkInterface[], watched: (index: number) => boolean): void {
    const counted = interfaces.filter(({ index }) => watched(index))
    const portsOf = (isOwn: boolean) =>
      new Set(
        counted
          .filter(({ kind, tunnelPort }) => tunnelPort !== 0 && (kind === 'wireguard') === isOwn)
          .map(({ tunnelPort }) => tunnelPort),
      )
    this.ports = portsOf(false)
    this.ownPorts = portsOf(true)
    this.protocols = new Set(counted.flatMap(({ kind }) => protocols[kind] ?? []))
  }

  /** Whether the packets of a way are a tunnel's outside, with this node at one end. */
  wraps(flows: FlowColumns, row: number, way: Way): boolean {
    const protocol = flows.protocol[row] as number
    if (protocol === UDP && this.ownPorts.size > 0 && this.isAtOwnPort(flows, row)) return true
    const fits =
      protocol === UDP
        ? this.ports.size > 0 && this.ports.has(flows.ports[row * 2 + 1 - way] as number)
        : this.protocols.size > 0 && this.protocols.has(protocol)
    return fits && (flows.local[row] as number) >>> 2 !== 0
  }

  /** Whether the port is of the end that is this node: a peer may have the same one for something else. */
  private isAtOwnPort(flows: FlowColumns, row: number): boolean {
    const local = (flows.local[row] as number) >>> 2
    for (const end of [0, 1])
      if ((local >> end) & 1 && this.ownPorts.has(flows.ports[row * 2 + end] as number)) return true
    return false
  }
}
