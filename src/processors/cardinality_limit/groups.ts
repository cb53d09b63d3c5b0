/** Rows that have the same ids in all columns are one group. */
export interface Groups {
  readonly count: number
  /** The group of each row, numbered by first appearance. */
  readonly ofRow: Uint32Array
  /** The first row of each group. */
  readonly firstRow: Uint32Array
}

export type Ids = Uint8Array | Uint16Array | Uint32Array

/**
 * Sorts rows into groups by integer work alone, whatever the values behind the ids are.
 *
 * @param length rows
 * @param columns one id per row each; none: all rows are one group
 */
export function groupRows(length: number, columns: readonly Ids[]): Groups {
  const ofRow = new Uint32Array(length)
  let count = Math.min(length, 1)
  const wide: Ids[] = []
  for (const ids of new Set(columns)) {
    if (isSame(ids, length)) continue
    const width = largest(ids, length) + 1
    // A table is several times as fast as hashing; it is not to outgrow the rows by far.
    if (count * width <= 4 * length + 256) count = splitByTable(ofRow, count, width, ids)
    else wide.push(ids)
  }
  return wide.length > 0 ? splitByHash(ofRow, wide) : { count, ofRow, firstRow: firstRows(ofRow, count) }
}

/** Splits each group by one more column, in place. Returns how many there are now. */
function splitByTable(ofRow: Uint32Array, count: number, width: number, ids: Ids): number {
  const table = new Uint32Array(count * width) // group + 1; 0: not seen yet
  let groups = 0
  for (let row = 0; row < ofRow.length; row++) {
    const pair = (ofRow[row] as number) * width + (ids[row] as number)
    let group = table[pair] as number
    if (group === 0) {
      group = ++groups
      table[pair] = group
    }
    ofRow[row] = group - 1
  }
  return groups
}

/** Splits the groups by all further columns at once: open addressing, at most half full. */
function splitByHash(ofRow: Uint32Array, columns: readonly Ids[]): Groups {
  const { length } = ofRow
  const hashes = hashRows(ofRow, columns)
  const before = ofRow.slice()
  const mask = 2 ** Math.ceil(Math.log2(Math.max(length, 1) * 2)) - 1
  const table = new Uint32Array((mask + 1) * 2) // pairs of group + 1 and hash
  const firstRow = new Uint32Array(length)
  let count = 0
  for (let row = 0; row < length; row++) {
    const hash = hashes[row] as number
    let place = hash & mask
    for (;;) {
      const known = table[place * 2] as number
      if (known === 0) {
        table[place * 2] = count + 1
        table[place * 2 + 1] = hash
        firstRow[count] = row
        ofRow[row] = count++
        break
      }
      if (table[place * 2 + 1] === hash) {
        const first = firstRow[known - 1] as number
        if (before[row] === before[first] && equalRows(columns, row, first)) {
          ofRow[row] = known - 1
          break
        }
      }
      place = (place + 1) & mask
    }
  }
  return { count, ofRow, firstRow: firstRow.subarray(0, count) }
}

function equalRows(columns: readonly Ids[], a: number, b: number): boolean {
  for (let i = 0; i < columns.length; i++) {
    const ids = columns[i] as Ids
    if (ids[a] !== ids[b]) return false
  }
  return true
}

function hashRows(ofRow: Uint32Array, columns: readonly Ids[]): Uint32Array {
  const hashes = new Uint32Array(ofRow.length)
  hashColumn(hashes, ofRow)
  for (const ids of columns) hashColumn(hashes, ids)
  return hashes
}

function hashColumn(hashes: Uint32Array, ids: Ids): void {
  for (let row = 0; row < hashes.length; row++) {
    hashes[row] = mix(hashes[row] as number, ids[row] as number)
  }
}

/** One more integer into a hash: the step and the last mixing of MurmurHash3's 32 bits. */
export function mix(hash: number, value: number): number {
  const k = Math.imul(value, 0xcc9e2d51)
  let h = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return (h ^ (h >>> 13)) >>> 0
}

function firstRows(ofRow: Uint32Array, count: number): Uint32Array {
  const firstRow = new Uint32Array(count)
  let seen = 0
  for (let row = 0; seen < count; row++) if (ofRow[row] === seen) firstRow[seen++] = row
  return firstRow
}

/** Whether all rows have one id: as the family, the transport and what is not there often do. */
function isSame(ids: Ids, length: number): boolean {
  const first = ids[0]
  for (let row = 1; row < length; row++) if (ids[row] !== first) return false
  return true
}

function largest(ids: Ids, length: number): number {
  if (ids instanceof Uint8Array) return 255
  let found = 0
  for (let row = 0; row < length; row++) {
    const id = ids[row] as number
    if (id > found) found = id
  }
  return found
}
