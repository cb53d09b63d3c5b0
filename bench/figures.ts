/** What a benchmark found, by its name in the JSON output. */
export type Figures = Readonly<Record<string, Figure>>

export interface Figure {
  /** null: it could not be measured, and `about` says why. */
  readonly value: number | null
  readonly unit: 'ns' | 'ms' | 'x' | 'B' | 'MB' | '%' | ''
  readonly about: string
  /** What it must not exceed. */
  readonly reach?: number
}

/** A line of the table. */
export function lineOf(name: string, { value, unit, about, reach }: Figure): string {
  const reached =
    reach === undefined ? '' : `   reach ${reach}${value === null || value <= reach ? '' : '  MISSED'}`
  const number = value === null ? 'none' : value.toFixed(2)
  return `${name.padEnd(26)} ${number.padStart(8)} ${unit.padEnd(3)} ${about}${reached}\n`
}

/** One object, for machines: numbers and null. */
export const jsonOf = (figures: Figures): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(figures).map(([name, { value }]) => [name, value && Number(value.toFixed(3))]),
    ),
  )
