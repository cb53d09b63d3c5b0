/** Enough for each subject to have some in which nothing else got in its way. */
const ROUNDS = 25

/**
 * Lets all subjects take turns, so that what the machine does meanwhile falls on all of them alike, and returns the best
 * of each: what disturbs a run only ever makes it longer.
 *
 * @param subjects measure once and return nanoseconds; undefined: not there
 * @returns NaN for what is not there
 */
export async function bestOf<Name extends string>(
  subjects: Readonly<Record<Name, (() => Promise<number>) | undefined>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(subjects) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -1; round < ROUNDS; round++)
    for (const name of names) {
      const time = await subjects[name]?.()
      if (round >= 0 && time !== undefined) times[name].push(time) // the first only warms up
    }
  const best = (name: Name) => (times[name].length > 0 ? Math.min(...times[name]) : Number.NaN)
  return Object.fromEntries(names.map((name) => [name, best(name)])) as Record<Name, number>
}
