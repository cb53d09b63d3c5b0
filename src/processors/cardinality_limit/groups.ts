/** Rows that have the same ids in all columns are one group. */
export interface Groups {
  readonly count: number
  /** The group of each row, numbered by first appearance. */
  readonly ofRow: Uint32Array
  /** The first row of each group. */
  readonly firstRow: Uint32Array
}

type Ids = Uint8Array | Uint16Array | Uint32Array

/**
 * Sorts rows into groups by integer work alone, whatever the values behind the ids are.
 *
 * @param length rows, < 2^21: what keeps group x id within 2^53
 * @param columns one id per row each; none: all rows are one group
 */
export function groupRows(length: number, columns: readonly Ids[]): Groups {
  const ofRow = new Uint32Array(length)
  let count = Math.min(length, 1)
  for (const ids of columns) count = split(ofRow, count, ids)

  const firstRow = new Uint32Array(count)
  let seen = 0
  for (let row = 0; row < length; row++) if (ofRow[row] === seen) firstRow[seen++] = row
  return { count, ofRow, firstRow }
}

/** Splits each group by one more column, in place. Returns how many there are now. */
function split(ofRow: Uint32Array, count: number, ids: Ids): number {
  const width = largest(ids, ofRow.length) + 1
  // A table is 10 times as fast as a Map where pairs are few; it is not to outgrow the rows by far.
  if (count * width <= 4 * ofRow.length + 256) return splitByTable(ofRow, count, width, ids)
  return splitByMap(ofRow, width, ids)
}

function splitByTable(ofRow: Uint32Array, count: number, width: number, ids: Ids): number {
  const table = new Uint32Array(count * width) // group + 1; 0: not seen yet
  let groups = 0
  for (let row = 0; row < ofRow.length; row++) {
    const pair = (ofRow[row] as number) * width + (ids[row] as number)
    if (table[pair] === 0) table[pair] = ++groups
    ofRow[row] = (table[pair] as number) - 1
  }
  return groups
}

function splitByMap(ofRow: Uint32Array, width: number, ids: Ids): number {
  const groups = new Map<number, number>()
  for (let row = 0; row < ofRow.length; row++) {
    const pair = (ofRow[row] as number) * width + (ids[row] as number)
    let group = groups.get(pair)
    if (group === undefined) {
      group = groups.size
      groups.set(pair, group)
    }
    ofRow[row] = group
  }
  return groups.size
}

function largest(ids: Ids, length: number): number {
  let found = 0
  for (let row = 0; row < length; row++) if ((ids[row] as number) > found) found = ids[row] as number
  return found
}
