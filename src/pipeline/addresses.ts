import type { Dictionary } from './point-batch.ts'

const FIRST_CAPACITY = 1024
const WORDS = 4

/**
 * Gives each IP address a small integer, once. Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
 * Their text is made when it is first asked for.
 */
export class Addresses implements Dictionary {
  readonly lasting = true
  private words = new Uint32Array(FIRST_CAPACITY * WORDS)
  /** Open addressing, at most half full: pairs of id + 1, where 0 is free, and hash, so that few others are looked at. */
  private table = new Uint32Array(FIRST_CAPACITY * 4)
  private readonly texts: string[] = []
  private count = 0

  get size(): number {
    return this.count
  }

  /** Four words an address, at id * 4. Replaced when it grows. */
  get raw(): Uint32Array {
    return this.words
  }

  /** @param at the index of the address's first of four words in `from` */
  intern(from: Uint32Array, at: number): number {
    const { words, table } = this
    const hash = hashWords(from, at)
    const mask = table.length / 2 - 1
    let place = hash & mask
    for (let found = table[place * 2] as number; found !== 0; found = table[place * 2] as number) {
      if (table[place * 2 + 1] === hash && equalWords(words, (found - 1) * WORDS, from, at)) return found - 1
      place = (place + 1) & mask
    }
    if ((this.count + 1) * 4 > table.length) {
      this.grow()
      return this.intern(from, at)
    }
    const first = this.count * WORDS
    words[first] = from[at] as number
    words[first + 1] = from[at + 1] as number
    words[first + 2] = from[at + 2] as number
    words[first + 3] = from[at + 3] as number
    table[place * 2] = ++this.count
    table[place * 2 + 1] = hash
    return this.count - 1
  }

  value(id: number): string {
    let text = this.texts[id]
    if (text === undefined) {
      text = addressText(this.words, id * WORDS)
      this.texts[id] = text
    }
    return text
  }

  private grow(): void {
    const { words, table } = this
    this.words = new Uint32Array(words.length * 2)
    this.words.set(words)
    this.table = new Uint32Array(table.length * 2)
    const mask = this.table.length / 2 - 1
    for (let from = 0; from < table.length; from += 2) {
      if (table[from] === 0) continue
      const hash = table[from + 1] as number
      let place = hash & mask
      while (this.table[place * 2] !== 0) place = (place + 1) & mask
      this.table[place * 2] = table[from] as number
      this.table[place * 2 + 1] = hash
    }
  }
}

/** Mixes the four words at `at`, as MurmurHash3's finalizer does. */
export function hashWords(words: Uint32Array, at: number): number {
  let h =
    (words[at + 3] as number) ^
    Math.imul(words[at + 2] as number, 0x9e3779b1) ^
    Math.imul(words[at + 1] as number, 0x85ebca77) ^
    Math.imul(words[at] as number, 0xc2b2ae3d)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

export function equalWords(a: Uint32Array, atA: number, b: Uint32Array, atB: number): boolean {
  return (
    a[atA + 3] === b[atB + 3] && a[atA + 2] === b[atB + 2] && a[atA + 1] === b[atB + 1] && a[atA] === b[atB]
  )
}

/** The text of the address of four words at `at`: `10.0.1.7`, `fd00::7` (RFC 5952). */
export function addressText(words: Uint32Array, at: number): string {
  const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, WORDS * 4)
  const isIpv4 = bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
  if (isIpv4) return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)).toString(16),
  )
  // The URL standard writes IPv6 as RFC 5952 says.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
