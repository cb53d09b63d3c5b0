/** A connection's addresses, ports and protocol, and its way. */
export const KEY_WORDS = 10
const FIRST_CAPACITY = 64
/** Bits that tell for most keys that they are not in the table. */
const FILTER_BITS = 1 << 16

/** Entries in columns, found by open addressing: entry + 1, 0 is free, at most half full. */
export class OwedTable {
  length = 0
  packets = new Float64Array(FIRST_CAPACITY)
  bytes = new Float64Array(FIRST_CAPACITY)
  since = new Float64Array(FIRST_CAPACITY)
  endMs = new Float64Array(FIRST_CAPACITY)
  touched = new Uint8Array(FIRST_CAPACITY)
  private keys = new Uint32Array(FIRST_CAPACITY * KEY_WORDS)
  private hashes = new Uint32Array(FIRST_CAPACITY)
  private places = new Uint32Array(FIRST_CAPACITY * 2)
  private readonly filter = new Uint8Array(FILTER_BITS)

  mayHave(hash: number): boolean {
    return this.filter[hash >>> 16] !== 0
  }

  /** @returns the entry, -1: none */
  find(key: Uint32Array, at: number, hash: number): number {
    return (this.places[this.placeOf(key, at, hash)] as number) - 1
  }

  put(
    from: Uint32Array,
    at: number,
    hash: number,
    packets: number,
    bytes: number,
    since: number,
    endMs: number,
  ): void {
    if (this.length === this.packets.length) this.grow()
    const place = this.placeOf(from, at, hash)
    const found = this.places[place] as number
    const entry = found === 0 ? this.length++ : found - 1
    this.places[place] = entry + 1
    for (let i = 0; i < KEY_WORDS; i++) this.keys[entry * KEY_WORDS + i] = from[at + i] as number
    this.hashes[entry] = hash
    this.filter[hash >>> 16] = 1
    this.packets[entry] = packets
    this.bytes[entry] = bytes
    this.since[entry] = since
    this.endMs[entry] = endMs
    this.touched[entry] = 0
  }

  putFrom(other: OwedTable, entry: number): void {
    this.put(
      other.keys,
      entry * KEY_WORDS,
      other.hashes[entry] as number,
      other.packets[entry] as number,
      other.bytes[entry] as number,
      other.since[entry] as number,
      other.endMs[entry] as number,
    )
  }

  clear(): void {
    if (this.length === 0) return
    this.places.fill(0)
    this.filter.fill(0)
    this.length = 0
  }

  private placeOf(key: Uint32Array, at: number, hash: number): number {
    const { keys, hashes, places } = this
    const mask = places.length - 1
    let place = hash & mask
    for (let found = places[place] as number; found !== 0; found = places[place] as number) {
      if (hashes[found - 1] === hash) {
        const known = (found - 1) * KEY_WORDS
        let i = 0
        while (i < KEY_WORDS && keys[known + i] === key[at + i]) i++
        if (i === KEY_WORDS) break
      }
      place = (place + 1) & mask
    }
    return place
  }

  private grow(): void {
    const capacity = this.packets.length * 2
    this.keys = larger(this.keys, new Uint32Array(capacity * KEY_WORDS))
    this.hashes = larger(this.hashes, new Uint32Array(capacity))
    this.packets = larger(this.packets, new Float64Array(capacity))
    this.bytes = larger(this.bytes, new Float64Array(capacity))
    this.since = larger(this.since, new Float64Array(capacity))
    this.endMs = larger(this.endMs, new Float64Array(capacity))
    this.touched = larger(this.touched, new Uint8Array(capacity))
    this.places = new Uint32Array(capacity * 2)
    for (let entry = 0; entry < this.length; entry++)
      this.places[this.placeOf(this.keys, entry * KEY_WORDS, this.hashes[entry] as number)] = entry + 1
  }
}

function larger<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
