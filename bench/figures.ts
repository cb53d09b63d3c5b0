/** What a benchmark found, by its name in the JSON output. */
export type Figures = Readonly<Record<string, Figure>>

export interface Figure {
  readonly value: number
  readonly unit: 'ns' | 'x'
  readonly about: string
  /** What it must not exceed. */
  readonly reach?: number
}

/** @param values at least one */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2
}
