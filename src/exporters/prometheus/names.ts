import type { Metric } from '../../catalogue/metrics.ts'

/** UCUM to the base units that Prometheus writes into names. Annotations as {packet} are not units. */
const units: Readonly<Record<string, string>> = { By: 'bytes', s: 'seconds', '1': 'ratio' }

export type Named = Pick<Metric, 'name' | 'unit' | 'instrument'>

/**
 * A metric's name for Prometheus, as it stands in a scrape: `netsonde_flow_io_bytes_total`. Of a histogram, without the
 * suffixes of its samples.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function prometheusName(metric: Named): string {
  return metric.instrument === 'counter' ? `${prometheusBaseName(metric)}_total` : prometheusBaseName(metric)
}

/**
 * The same without `_total`: what OpenMetrics calls the family of a counter. The official serializer adds `_total`
 * itself, and no unit.
 *
 * @throws {RangeError} a unit that no suffix is known for: it would be lost
 */
export function prometheusBaseName(metric: Named): string {
  const base = sanitized(metric.name).replace(/_total$/, '')
  const unit = prometheusUnit(metric)
  return unit === '' || base.endsWith(`_${unit}`) ? base : `${base}_${unit}`
}

/**
 * The unit as names have it: `bytes`; empty where there is none.
 *
 * @throws {RangeError} as prometheusBaseName
 */
export function prometheusUnit({ name, unit, instrument }: Named): string {
  if (/^\{.*\}$/.test(unit)) return ''
  if (unit === '1' && instrument !== 'gauge') return '' // a count of things is no ratio
  const known = units[unit]
  if (!known) throw new RangeError(`${name}: Prometheus has no suffix for the unit ${unit}`)
  return known
}

/** There are a few dozen attributes, and each is on thousands of series. */
const labelNames = new Map<string, string>()

/** An attribute's name as a label. */
export function labelName(attribute: string): string {
  let name = labelNames.get(attribute)
  if (name === undefined) {
    name = sanitized(attribute)
    labelNames.set(attribute, name)
  }
  return name
}

function sanitized(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/^(?=\d)/, '_')
}
