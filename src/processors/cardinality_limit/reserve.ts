import type { Attribute } from '../../catalogue/attributes.ts'
import { collapseOrder } from '../../catalogue/attributes.ts'
import type { GroupedRows } from './grouped-rows.ts'
import { type KeyedSeries, REST } from './keyed-series.ts'
import { hashTuple } from './tuples.ts'
import { OTHER, UNKNOWN } from './values.ts'

/** How many `other` series a metric may have beside its limit. */
export const RESERVE = 100

/**
 * The `other` series of one metric: they keep the values of bounded attributes. Where there are too many of those, one
 * attribute after another collapses, in the declared order, for what comes new: half of the reserve is for series
 * that keep all, half of what is left for those that lack one, and so on. The last, in which all read `other`, always fits.
 */
export class Reserve {
  private readonly keyed: KeyedSeries
  /** Level by level, which attributes read `other`: first the unbounded ones, at last all. */
  private readonly levels: readonly (readonly boolean[])[]
  private readonly tuple: Uint32Array

  constructor(keyed: KeyedSeries, attributes: readonly Attribute[]) {
    this.keyed = keyed
    this.tuple = new Uint32Array(attributes.length)
    const order = collapseOrder.filter((name) => attributes.some((attribute) => attribute.name === name))
    this.levels = [0, ...order.keys().map((i) => i + 1)].map((gone) =>
      attributes.map(({ name, bounded }) => !bounded || order.slice(0, gone).includes(name as never)),
    )
  }

  /**
   * The `other` series for a group.
   *
   * @returns its slot, and how many bounded attributes read `other` in it
   */
  place(rows: GroupedRows, group: number): { readonly slot: number; readonly level: number } {
    for (let level = 0; level < this.levels.length; level++) {
      const slot = this.atLevel(rows, group, level)
      if (slot >= 0) return { slot, level }
    }
    throw new Error('the last of the `other` series has no slot') // capacity() leaves one for it
  }

  /** @returns -1: there is no room for it at this level */
  private atLevel(rows: GroupedRows, group: number, level: number): number {
    const { tuple, keyed } = this
    const gone = this.levels[level] as readonly boolean[]
    let known = true
    for (let i = 0; i < tuple.length; i++) {
      const value = gone[i] ? OTHER : rows.valueOf(group, i)
      if (value === UNKNOWN) known = false
      tuple[i] = value
    }
    const found = known ? keyed.find(tuple, 0, hashTuple(tuple, 0, tuple.length)) : -1
    if (found >= 0 && keyed.leaving[found] === 0) return found
    if (found >= 0 || keyed.count(REST) >= this.capacity(level)) return -1
    for (let i = 0; i < tuple.length; i++) if (!gone[i]) tuple[i] = rows.internOf(group, i)
    return keyed.findOrCreate(tuple, REST, rows.startMs)
  }

  private capacity(level: number): number {
    const last = this.levels.length - 1
    const share = level === last ? RESERVE : RESERVE - Math.floor(RESERVE / 2 ** (level + 1))
    return Math.min(share, RESERVE - (last - level))
  }
}
