import { timeDigits } from '../../otlp/numbers.ts'

/** A float as the `%v` of Go: the shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function shortest(value: number): string {
  if (!Number.isFinite(value)) return special(value)
  if (Object.is(value, -0)) return '-0'
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  const power = Number(exponent)
  if (value === 0 || (power >= -4 && power < EXPONENT_FROM)) return String(value)
  const size = String(Math.abs(power)).padStart(2, '0')
  return `${digits}e${power < 0 ? '-' : '+'}${size}`
}

const EXPONENT_FROM = 6

/** A float as Go's `%f`. */
export function sixDecimals(value: number): string {
  if (!Number.isFinite(value)) return special(value)
  if (Object.is(value, -0)) return '-0.000000'
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`
}

function special(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** A time as Go's Time.String in UTC: `2023-11-14 22:13:20.1235 +0000 UTC`. */
export function timestamp(ms: number): string {
  const seconds = new Date(Math.floor(ms / 1000) * 1000).toISOString()
  const nanos = timeDigits(ms).slice(-9).padStart(9, '0')
  const fraction = nanos.replace(/0+$/, '')
  return `${seconds.slice(0, 10)} ${seconds.slice(11, 19)}${fraction && `.${fraction}`} +0000 UTC`
}
