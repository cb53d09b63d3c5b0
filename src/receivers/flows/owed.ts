import type { FlowColumns, Generation } from '../../native/generation.ts'
import { KEY_WORDS, OwedTable } from './owed-table.ts'
import type { Way } from './way.ts'

/**
 * How long a packet may take from hook to hook: the kernel asks three times a second apart for a neighbour that it does
 * not know, and keeps the packets for it meanwhile (net/core/neighbour.c).
 */
const HOLD_MS = 4000
/** What is more is not remembered. */
const MAX_ENTRIES = 1 << 18
/** Strangers choose the words. */
const SEED = Math.trunc(Math.random() * 2 ** 32)

/**
 * Packets that were counted and that the hooks where they leave have not seen yet: they are under way at the turn of a
 * generation, or were dropped. Where they are seen next they are not counted again.
 *
 * Only ways for which the two differ are here, so it is all but empty; nothing is allocated for a way. What is found and
 * not kept again is forgotten; what was not looked up in a generation is forgotten after it, but not before it is
 * HOLD_MS old.
 */
export class Owed {
  /** What find() has found. */
  packets = 0
  bytes = 0
  private since = 0
  private earlier = new OwedTable()
  private later = new OwedTable()
  private readonly key = new Uint32Array(KEY_WORDS)
  private flows!: FlowColumns
  private words!: Uint32Array
  private startMs = 0
  private endMs = 0

  begin({ flows, startMs, endMs }: Pick<Generation, 'flows' | 'startMs' | 'endMs'>): void {
    this.flows = flows
    this.words = new Uint32Array(flows.addresses.buffer, flows.addresses.byteOffset, flows.length * 8)
    this.startMs = startMs
    this.endMs = endMs
  }

  get isEmpty(): boolean {
    return this.earlier.length === 0
  }

  /** Whether something is owed; then `packets` and `bytes` say how much. */
  find(row: number, way: Way): boolean {
    const { earlier } = this
    const hash = this.hashOf(row, way)
    if (!earlier.mayHave(hash)) return false
    this.setKey(row, way)
    const at = earlier.find(this.key, 0, hash)
    if (at < 0) return false
    earlier.touched[at] = 1
    this.packets = earlier.packets[at] as number
    this.bytes = earlier.bytes[at] as number
    this.since = earlier.since[at] as number
    return true
  }

  /**
   * @param found whether find() has just found something
   * @param entered packets that came in in this generation: of older ones none is under way after HOLD_MS
   */
  keep(row: number, way: Way, packets: number, bytes: number, found: boolean, entered: number): void {
    let since = found ? this.since : this.startMs
    let kept = packets
    if (this.endMs - since > HOLD_MS) {
      kept = Math.min(packets, entered)
      since = this.startMs
    }
    if (kept === 0 || this.later.length >= MAX_ENTRIES) return
    const keptBytes = kept === packets ? bytes : Math.round((bytes / packets) * kept)
    this.setKey(row, way)
    this.later.put(this.key, 0, this.hashOf(row, way), kept, keptBytes, since, this.endMs)
  }

  end(): void {
    const { earlier, later } = this
    for (let at = 0; at < earlier.length; at++)
      if (earlier.touched[at] === 0 && this.endMs - (earlier.endMs[at] as number) < HOLD_MS)
        if (later.length < MAX_ENTRIES) later.putFrom(earlier, at)
    earlier.clear()
    this.earlier = later
    this.later = earlier
  }

  private setKey(row: number, way: Way): void {
    const { key, words, flows } = this
    for (let i = 0; i < 8; i++) key[i] = words[row * 8 + i] as number
    key[8] = ((flows.ports[row * 2] as number) << 16) | (flows.ports[row * 2 + 1] as number)
    key[9] = ((flows.protocol[row] as number) << 2) | ((flows.laterFragment[row] as number) << 1) | way
  }

  /** Mixes all words, as MurmurHash3's finalizer does. */
  private hashOf(row: number, way: Way): number {
    const { words, flows } = this
    const at = row * 8
    let low = SEED ^ Math.imul(words[at + 3] as number, 0x9e3779b1)
    let high = Math.imul(words[at + 7] as number, 0x85ebca77)
    low ^=
      Math.imul((words[at] as number) ^ (words[at + 1] as number), 0xc2b2ae3d) ^ (words[at + 2] as number)
    high ^=
      Math.imul((words[at + 4] as number) ^ (words[at + 5] as number), 0x27d4eb2f) ^ (words[at + 6] as number)
    low = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d) ^ (flows.ports[row * 2] as number)
    high = Math.imul(high ^ (high >>> 15), 0x297a2d39) ^ (flows.ports[row * 2 + 1] as number)
    let h = Math.imul(low ^ (low >>> 12), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
    h = Math.imul(h ^ (h >>> 16) ^ (((flows.protocol[row] as number) << 1) | way), 0x9e3779b1)
    return (h ^ (h >>> 15)) >>> 0
  }
}
