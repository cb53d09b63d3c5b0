import type { NetworkInterface } from '../../native/interfaces.ts'

/** How near an interface is to what sends and receives by it: the nearest has the bytes of the endpoint's link. */
export const Nearness = {
  /** Has what others have: ifb, and veths that lead from here to here. */
  aside: 0,
  /** What it carries is wrapped before it leaves the node, or is not framed as the endpoint's link frames it. */
  tunnel: 1,
  link: 2,
  /** A pod, container or virtual machine is behind it. */
  endpoint: 3,
} as const
export type Nearness = (typeof Nearness)[keyof typeof Nearness]

/** Kinds by which rtnetlink calls them (IFLA_INFO_KIND). */
const endpoints = new Set(['veth', 'netkit', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap'])
const tunnels = new Set(
  'vxlan geneve bareudp gtp gre gretap erspan ip6gre ip6gretap ip6erspan ipip ip6tnl sit vti vti6 xfrm wireguard ppp'.split(
    ' ',
  ),
)
/** Each packet of these passes IFLA_LINK, too, under the same addresses. A tunnel's passes it wrapped. */
const uppers = new Set(['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec', 'dsa', 'hsr'])
/** Each packet of a port passes these, too. */
const masters = new Set(['bond', 'team', 'vrf'])
const ETHERNET = 1

function nearnessOf(
  { kind, type, link }: NetworkInterface,
  isHere: (index: number) => boolean,
  decapsulated: boolean,
): Nearness {
  if (kind === 'ifb' || (kind === 'veth' && isHere(link))) return Nearness.aside
  if (endpoints.has(kind)) return Nearness.endpoint
  if (kind === 'tun') return type === ETHERNET ? Nearness.endpoint : Nearness.tunnel // tap, tun
  if (!tunnels.has(kind)) return Nearness.link
  return decapsulated ? Nearness.aside : Nearness.tunnel
}

/** Where an interface stands among the others of its node. */
export interface Place {
  /** Interfaces that stand on one another are a stack: a packet passes several of them. Each stack has a number. */
  readonly stack: number
  /** In its stack; those of one layer are beside each other. */
  readonly layer: number
  /** Index of the bridge that it is a port of; 0: none. */
  readonly bridge: number
}

/** Larger indexes than this are taken for plain links. */
const MAX_INDEX = 1 << 22

/** What is known of the node's interfaces. Of one that went it is known for as long as a count of it may come. */
export class Places {
  private current: ReadonlyMap<number, Place> = new Map()
  /** Went in the running generation, which has their last counts. */
  private gone = new Map<number, Place>()
  /** Went in the generation before. */
  private leaving = new Map<number, Place>()
  private readonly decapsulated: boolean
  private nearnesses = new Uint8Array(256).fill(Nearness.link)

  /** @param decapsulated whether tunnels' insides are counted where the tunnels pass: their devices see them once more */
  constructor({ decapsulated = false } = {}) {
    this.decapsulated = decapsulated
  }

  /** @param watched whether the programs are at the interface of an index, as far as that matters: at bridges */
  update(interfaces: readonly NetworkInterface[], watched: (index: number) => boolean): void {
    const now = placesOf(interfaces, watched)
    // Its former bridge may have put another port in its place, whose packets are others.
    for (const [index, place] of this.current)
      if (!now.has(index)) this.gone.set(index, { ...place, bridge: 0 })
    this.current = now
    for (const each of interfaces)
      this.setNearness(
        each.index,
        nearnessOf(each, (index) => now.has(index), this.decapsulated),
      )
  }

  /** Call before each generation ends. */
  turn(): void {
    this.leaving = this.gone
    this.gone = new Map()
  }

  /** Whether the first is nearer to an endpoint. Index 0 is no interface. */
  isNearer(one: number, other: number): boolean {
    return this.nearness(one) > this.nearness(other)
  }

  /** Whether it has only what others have. */
  isAside(index: number): boolean {
    return this.nearness(index) === Nearness.aside
  }

  private nearness(index: number): number {
    return index < this.nearnesses.length ? (this.nearnesses[index] as number) : Nearness.link
  }

  of(index: number): Place | undefined {
    return this.current.get(index) ?? this.gone.get(index) ?? this.leaving.get(index)
  }

  private setNearness(index: number, nearness: Nearness): void {
    if (index >= MAX_INDEX) return
    if (index >= this.nearnesses.length) {
      const grown = new Uint8Array(Math.max(index + 1, this.nearnesses.length * 2)).fill(Nearness.link)
      grown.set(this.nearnesses)
      this.nearnesses = grown
    }
    this.nearnesses[index] = nearness
  }
}

function placesOf(interfaces: readonly NetworkInterface[], watched: (index: number) => boolean) {
  const byIndex = new Map(interfaces.map((each) => [each.index, each]))
  const lowers = new Map<number, number[]>(interfaces.map(({ index }) => [index, []]))
  for (const { index, kind, link, master } of interfaces) {
    if (uppers.has(kind) && byIndex.has(link)) lowers.get(index)?.push(link)
    const above = byIndex.get(master)
    if (above && (masters.has(above.kind) || (above.kind === 'bridge' && watched(master))))
      lowers.get(master)?.push(index)
  }

  const layers = new Map<number, number>()
  const layerOf = (index: number): number => {
    const known = layers.get(index)
    if (known !== undefined) return known
    layers.set(index, 0) // a ring cannot be made, but the list may be read while it changes
    const layer = Math.max(0, ...(lowers.get(index) ?? []).map((lower) => layerOf(lower) + 1))
    layers.set(index, layer)
    return layer
  }

  const stacks = new Map(interfaces.map(({ index }) => [index, index]))
  const stackOf = (index: number): number => {
    const of = stacks.get(index) ?? index
    return of === index ? index : stackOf(of)
  }
  for (const [index, below] of lowers) for (const lower of below) stacks.set(stackOf(lower), stackOf(index))

  return new Map<number, Place>(
    interfaces.map(({ index, master }) => [
      index,
      {
        stack: stackOf(index),
        layer: layerOf(index),
        bridge: byIndex.get(master)?.kind === 'bridge' ? master : 0,
      },
    ]),
  )
}
