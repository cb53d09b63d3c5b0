/**
 * Why headers cannot be sent: says where one is wrong and never what it holds.
 *
 * @param problemOf of a name and a value
 */
export function headerProblems(
  headers: Readonly<Record<string, string>>,
  reserved: (name: string) => string | undefined,
): [path: string, message: string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const problem = problemOf(name, value) ?? reserved(name)
    return problem ? [[`headers::${name}`, problem]] : []
  })
}

function problemOf(name: string, value: string): string | undefined {
  if (!/^[0-9A-Za-z_.-]+$/.test(name)) return 'is not a header name; accepted: letters, digits, _ . -'
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has a value that is not printable ASCII'
}

/** Of less there is not much to keep, and it is in every other word. */
const SHORTEST_SECRET = 4

/** What of headers is to be in no line: values, and what follows a scheme in them (`Bearer ...`). The longest first. */
export function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers)
    .flatMap((value) => [value, ...value.split(' ').slice(1)])
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)
}
