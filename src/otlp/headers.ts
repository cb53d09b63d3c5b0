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
