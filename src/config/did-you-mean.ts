/**
 * The choice that a typing mistake most likely meant.
 *
 * @returns `undefined` where nothing is near: a wrong guess misleads more than none
 */
export function nearest(written: string, choices: readonly string[]): string | undefined {
  // Long input is no typing mistake, and the distance costs length x length.
  if (written.length > 100) return undefined
  const allowed = Math.max(1, Math.floor(written.length / 3))
  const near = choices
    .map((choice) => [distance(written.toLowerCase(), choice.toLowerCase()), choice] as const)
    .filter(([edits]) => edits <= allowed)
  return near.sort(([a], [b]) => a - b)[0]?.[1]
}

/** At most ten, then how many more. */
export function formatList(choices: readonly string[]): string {
  const shown = choices.slice(0, 10).join(', ')
  return choices.length > 10 ? `${shown} and ${choices.length - 10} more` : shown
}

/** Edits from one to the other, where two swapped neighbours are one edit (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) row[j] = Math.min(row[j] as number, (before[j - 2] ?? 0) + 1)
    }
    before = last
    last = row
  }
  return last[b.length] as number
}
