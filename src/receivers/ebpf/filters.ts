import picomatch from 'picomatch'
import { parseCidr } from '../../config/cidr.ts'
import type { Datapath, FilterRule } from '../../native/datapath.ts'
import { protocolsOf } from '../flows/names.ts'
import type { FilterEntry } from './filter-config.ts'

export interface FilterLists {
  readonly include: readonly FilterEntry[]
  readonly exclude: readonly FilterEntry[]
}

/** What is to be counted: fits an entry of `include`, if there is any, and none of `exclude`. */
export class Filters {
  /** For the programs, in their order. */
  readonly rules: readonly FilterRule[]
  private readonly interfaces: readonly ((name: string) => boolean)[]

  /** @param lists checked */
  constructor({ include, exclude }: FilterLists) {
    const entries = [...exclude, ...include]
    this.rules = entries.map((entry, i) => ruleOf(entry, i < exclude.length))
    this.interfaces = entries.map(({ interface: glob }) =>
      glob === undefined ? () => false : picomatch(glob),
    )
  }

  /** Call before an interface is attached, and when it has another name. */
  tell(programs: Pick<Datapath, 'setFilterInterface'>, ifindex: number, name: string): void {
    if (this.rules.some(({ ofInterfaces }) => ofInterfaces))
      programs.setFilterInterface(ifindex, this.rulesOf(name))
  }

  /** The rules whose interfaces the named one is among, a bit each. */
  rulesOf(name: string): bigint {
    return this.interfaces.reduce((bits, matches, i) => bits | (matches(name) ? 1n << BigInt(i) : 0n), 0n)
  }
}

function ruleOf({ cidr, port, transport, interface: glob }: FilterEntry, excludes: boolean): FilterRule {
  const network = cidr === undefined ? undefined : parseCidr(cidr)
  return {
    excludes,
    ...(network && { address: network.address, prefix: network.prefix }),
    ...(port !== undefined && { port }),
    ...(transport !== undefined && { protocols: protocolsOf(String(transport)) }),
    ofInterfaces: glob !== undefined,
  }
}
