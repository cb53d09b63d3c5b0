/** The parts in one line, closer together where it is narrow. */
export function joined(parts: readonly string[], columns: number): string {
  const wide = `  ${parts.join('    ')}`
  return wide.length <= columns ? wide : cut(`  ${parts.join('  ')}`, columns)
}

/** At most `columns` characters; the end is cut and says so. Control characters become spaces. */
export function cut(line: string, columns: number): string {
  const text = line.replace(/\p{Cc}/gu, ' ')
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`
}
