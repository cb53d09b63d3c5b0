/** Takes the heaviest of some values, as many as are wanted, as they come by in any order. */
export class Heaviest {
  /** The least that is taken. */
  private readonly least: number
  /** How many of that weight. */
  private ties: number

  /**
   * @param values all of them, without NaN; changed in their order
   * @param count how many are taken
   */
  constructor(values: Float64Array, count: number) {
    const all = count >= values.length
    this.least =
      count <= 0 ? Number.POSITIVE_INFINITY : all ? Number.NEGATIVE_INFINITY : leastOf(values, count)
    this.ties = count
    if (!all) for (const value of values) if (value > this.least) this.ties--
  }

  /** Whether this one is among them. */
  take(value: number): boolean {
    return value > this.least || (value === this.least && this.ties-- > 0)
  }
}

/**
 * The least of the `count` largest values, found without sorting all (Hoare's FIND).
 *
 * @param values changed in their order
 * @param count 1 to values.length
 */
function leastOf(values: Float64Array, count: number): number {
  let low = 0
  let high = values.length - 1
  const place = values.length - count
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number
    let left = low
    let right = high
    while (left <= right) {
      while ((values[left] as number) < pivot) left++
      while ((values[right] as number) > pivot) right--
      if (left > right) break
      const kept = values[left] as number
      values[left++] = values[right] as number
      values[right--] = kept
    }
    if (place <= right) high = right
    else if (place >= left) low = left
    else break
  }
  return values[place] as number
}
