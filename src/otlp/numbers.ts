const TWO_32 = 2 ** 32

/**
 * Writes milliseconds since the epoch as nanoseconds, 64 bits. A number holds them only to 256 ns today,
 * so seconds and the rest go apart: 1e9 = 2^9 x 1953125.
 */
export function writeTime(view: DataView, at: number, ms: number): void {
  const seconds = Math.floor(ms / 1000)
  const scaled = seconds * 1953125
  const nanos = Math.round((ms - seconds * 1000) * 1e6)
  const low = (scaled % 2 ** 23) * 512 + nanos // below 2^32 + 1e9
  view.setUint32(at, low, true)
  view.setUint32(at + 4, Math.floor(scaled / 2 ** 23) + (low >= TWO_32 ? 1 : 0), true)
}

/** Nanoseconds since the epoch in decimal digits, as OTLP's JSON has them. */
export function timeDigits(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const nanos = Math.round((ms - seconds * 1000) * 1e6)
  return seconds === 0 ? String(nanos) : `${seconds}${String(nanos).padStart(9, '0')}`
}

/** Whether an int64 holds it exactly. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63
}

/** @param value one that isInt64 */
export function writeInt64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true) // modulo 2^32, of negative ones too
  view.setUint32(at + 4, Math.floor(value / TWO_32), true)
}
