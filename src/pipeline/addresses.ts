import type { Dictionary } from './point-batch.ts'

const FIRST_CAPACITY = 1024
const WORDS = 4

/**
 * Gives each IP address a small integer, once. Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
 * Their text is made when it is first asked for.
 */
export class Addresses implements Dictionary {
  private words = new Uint32Array(FIRST_CAPACITY * WORDS)
  /** Open addressing: id + 1, 0 is free. At most half full. */
  private table = new Uint32Array(FIRST_CAPACITY * 2)
  private readonly texts: string[] = []
  private count = 0

  get size(): number {
    return this.count
  }

  /** @param at the index of the address's first of four words in `from` */
  intern(from: Uint32Array, at: number): number {
    const w0 = from[at] as number
    const w1 = from[at + 1] as number
    const w2 = from[at + 2] as number
    const w3 = from[at + 3] as number
    const mask = this.table.length - 1
    let place = hash(w0, w1, w2, w3) & mask
    for (let found = this.table[place] as number; found !== 0; found = this.table[place] as number) {
      const known = (found - 1) * WORDS
      const { words } = this
      if (
        words[known + 3] === w3 &&
        words[known + 2] === w2 &&
        words[known + 1] === w1 &&
        words[known] === w0
      )
        return found - 1
      place = (place + 1) & mask
    }
    if ((this.count + 1) * 2 > this.table.length) {
      this.grow()
      return this.intern(from, at)
    }
    this.words.set([w0, w1, w2, w3], this.count * WORDS)
    this.table[place] = ++this.count
    return this.count - 1
  }

  value(id: number): string {
    let text = this.texts[id]
    if (text === undefined) {
      text = textOf(new Uint8Array(this.words.buffer, id * WORDS * 4, WORDS * 4))
      this.texts[id] = text
    }
    return text
  }

  private grow(): void {
    const words = new Uint32Array(this.words.length * 2)
    words.set(this.words)
    this.words = words
    this.table = new Uint32Array(this.table.length * 2)
    const mask = this.table.length - 1
    for (let id = 0; id < this.count; id++) {
      const at = id * WORDS
      const w = (i: number) => words[at + i] as number
      let place = hash(w(0), w(1), w(2), w(3)) & mask
      while (this.table[place] !== 0) place = (place + 1) & mask
      this.table[place] = id + 1
    }
  }
}

/** Mixes all words, as MurmurHash3's finalizer does. */
function hash(w0: number, w1: number, w2: number, w3: number): number {
  let h = w3 ^ Math.imul(w2, 0x9e3779b1) ^ Math.imul(w1, 0x85ebca77) ^ Math.imul(w0, 0xc2b2ae3d)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function textOf(bytes: Uint8Array): string {
  const isIpv4 = bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
  if (isIpv4) return bytes.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)).toString(16),
  )
  // The URL standard writes IPv6 as RFC 5952 says.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
