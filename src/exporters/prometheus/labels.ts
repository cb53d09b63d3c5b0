import type { Attributes } from '../../pipeline/metric-series.ts'
import { labelName } from './names.ts'

/**
 * The labels of a series: `source_address="10.0.0.1",source_port="443"`, in the order of the attributes.
 *
 * @param constant what follows them on every series, made by this function too; may be empty
 * @returns the UTF-8 bytes, each as a character below 256: see Page
 */
export function labelText(attributes: Attributes, constant = ''): string {
  let text = ''
  for (const name in attributes) {
    const value = attributes[name]
    if (value === undefined) continue
    const comma = text === '' ? '' : ','
    text += `${comma}${labelName(name)}="${typeof value === 'string' ? escaped(value) : value}"`
  }
  text = asBytes(text)
  return constant === '' || text === '' ? text + constant : `${text},${constant}`
}

/** Text of a HELP line. OpenMetrics escapes quotes in it, the older format does not know that. */
export function helpText(text: string, openMetrics: boolean): string {
  const lines = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return asBytes(openMetrics ? lines.replaceAll('"', '\\"') : lines)
}

function escaped(value: string): string {
  if (!/["\\\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** Halves of surrogate pairs become U+FFFD: a scrape that is no UTF-8 is refused as a whole. */
function asBytes(text: string): string {
  const isAscii = Buffer.byteLength(text, 'utf8') === text.length // ASCII is its own UTF-8, and the only one as long
  return isAscii ? text : Buffer.from(text, 'utf8').toString('latin1')
}
