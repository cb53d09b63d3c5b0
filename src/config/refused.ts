/** Why a value that somebody wrote cannot be taken. The place is added by who knows it. */
export class Refused extends Error {
  /** What to write instead: stands below the value. */
  readonly hint: string
  /** Where inside the value: keys and indexes. */
  readonly inside: readonly string[]
  /** The last key of `inside` is meant, not what it stands for. */
  readonly key: boolean

  /** @param message what was found, as `5 has no unit` */
  constructor(message: string, hint = '', inside: readonly string[] = [], key = false) {
    super(message)
    this.hint = hint
    this.inside = inside
    this.key = key
  }
}

/** Throws them together: one value may be wrong in several places. */
export function refuseAll(found: readonly Refused[]): void {
  if (found.length === 1) throw found[0]
  if (found.length > 1) throw new AggregateError(found)
}

/** A value as its reader would write it, short enough for one line. */
export function quote(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value !== 'string') return String(value)
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text
}
