const MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** What may follow a number, as people read it. */
export const DURATION_UNITS = 'ns us ms s m h'

/**
 * Reads `5s`, `1m30s`, `0.5h`.
 *
 * @returns milliseconds, or `undefined` for anything else: no sign, no bare number
 * @see https://pkg.go.dev/time#ParseDuration, which the Collector uses
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    ms += Number(amount) * (MS[unit as string] as number)
  }
  return Number.isFinite(ms) ? ms : undefined
}

/** The shortest form with one unit: `90s`, `1.5ms`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  const unit = ['h', 'm', 's', 'ms', 'us'].find((unit) => Number.isInteger(ms / (MS[unit] as number)))
  return unit ? `${ms / (MS[unit] as number)}${unit}` : `${ms * 1e6}ns`
}
