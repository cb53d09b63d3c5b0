/** `1.2 MB/s`, `88 kB/s`: two digits at least, thousands and not 1024s, as links are sold. */
export function formatByteRate(bytesPerSecond: number): string {
  return `${scaled(bytesPerSecond)}B/s`
}

/** `812 Mbit/s` */
export function formatBitRate(bytesPerSecond: number): string {
  return `${scaled(bytesPerSecond * 8)}bit/s`
}

/** `74 k`, to be followed by what it counts. */
export function formatMany(count: number): string {
  return scaled(count).trimEnd()
}

/** `61,204`; below ten also tenths, so that little does not read as nothing. */
export function formatCount(count: number): string {
  const digits = count < 9.95 && !Number.isInteger(count) ? 1 : 0
  return count.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** `99.99 %`. Never rounded up to all, nor down to nothing. */
export function formatShare(share: number): string {
  const percent = Math.floor(share * 10_000 + 1e-6) / 100
  return share > 0 && percent === 0 ? '<0.01 %' : `${percent.toFixed(2)} %`
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P']

/** The number, a space and the prefix: `1.2 M`. */
function scaled(value: number): string {
  let rest = value
  let prefix = 0
  while (rest >= 999.5 && prefix < PREFIXES.length - 1) {
    rest /= 1000
    prefix++
  }
  const small = rest < 9.95 && !(prefix === 0 && Number.isInteger(rest))
  return `${rest.toFixed(small && rest > 0 ? 1 : 0)} ${PREFIXES[prefix]}`
}
