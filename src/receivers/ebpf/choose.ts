import picomatch from 'picomatch'
import type { LinkType } from '../../native/datapath.ts'
import type { NetworkInterface } from '../../native/interfaces.ts'

/** What is to be done with an interface, and if it is left out, why. */
export type Choice =
  | { readonly watch: true; readonly link: LinkType }
  | { readonly watch: false; readonly why: string }

export interface Globs {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** linux/if_arp.h: whose frames begin with an Ethernet header (the loopback device's too). */
const WITH_ETHERNET_HEADER = new Set([1, 772])

/** Frames that the parser does not know: 802.11 with radiotap, CAN and so on are not among them. */
const WITHOUT_LINK_HEADER = new Set([
  65534, // ARPHRD_NONE: tun, wireguard
  512, // ARPHRD_PPP
  768, // ARPHRD_TUNNEL
  769, // ARPHRD_TUNNEL6
  776, // ARPHRD_SIT
  778, // ARPHRD_IPGRE
  823, // ARPHRD_IP6GRE
])

const isGlob = (pattern: string) => /[*?[\]{}()!]/.test(pattern)

export type Choose = (interfaces: readonly NetworkInterface[]) => Map<NetworkInterface, Choice>

/** Makes what says for each of all interfaces whether it is watched. Its patterns are compiled once. */
export function chooserOf({ include, exclude }: Globs): Choose {
  const included = picomatch([...include])
  const excluded = exclude.map((pattern) => ({ pattern, matches: picomatch(pattern) }))
  const byName = new Set(include)

  const choose = (each: NetworkInterface, byIndex: ReadonlyMap<number, NetworkInterface>): Choice => {
    if (!included(each.name)) return { watch: false, why: 'not in include' }
    const exclusion = excluded.find(({ matches }) => matches(each.name))
    if (exclusion) return { watch: false, why: `exclude: ${exclusion.pattern}` }
    if (!byName.has(each.name)) {
      if (each.kind === 'bridge') return { watch: false, why: 'a bridge is seen through its ports' }
      const master = byIndex.get(each.master)
      if (master?.kind === 'bond' || master?.kind === 'team')
        return { watch: false, why: `seen through ${master.kind} ${master.name}` }
    }
    if (WITH_ETHERNET_HEADER.has(each.type)) return { watch: true, link: 'ethernet' }
    if (WITHOUT_LINK_HEADER.has(each.type)) return { watch: true, link: 'ip' }
    return { watch: false, why: `link type ${each.type} is not known` }
  }
  return (interfaces) => {
    const byIndex = new Map(interfaces.map((each) => [each.index, each]))
    return new Map(interfaces.map((each) => [each, choose(each, byIndex)]))
  }
}

/** The names in `include` that are no globs and that no interface has. */
export function missingInterfaces(interfaces: readonly NetworkInterface[], { include }: Globs): string[] {
  const names = new Set(interfaces.map(({ name }) => name))
  return include.filter((pattern) => !isGlob(pattern) && !names.has(pattern))
}
