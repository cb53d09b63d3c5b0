import type { Metric } from '../../catalogue/metrics.ts'

/** UCUM to the base units that Prometheus writes into names. Annotations as {packet} are not units. */
const suffixes: Readonly<Record<string, string>> = { By: '_bytes', s: '_seconds', '1': '_ratio' }

type Named = Pick<Metric, 'name' | 'unit' | 'instrument'>

/**
 * A metric's name for Prometheus, as it stands in a scrape: `netsonde_flow_io_bytes_total`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function prometheusName(metric: Named): string {
  return metric.instrument === 'counter' ? `${prometheusBaseName(metric)}_total` : prometheusBaseName(metric)
}

/**
 * The same without `_total`, which the official serializer adds; it adds no unit.
 *
 * @throws {RangeError} a unit that no suffix is known for: it would be lost
 */
export function prometheusBaseName({ name, unit }: Named): string {
  const base = name.replaceAll(/[^A-Za-z0-9]+/g, '_')
  if (/^\{.*\}$/.test(unit)) return base
  const suffix = suffixes[unit]
  if (!suffix) throw new RangeError(`${name}: Prometheus has no suffix for the unit ${unit}`)
  return base.endsWith(suffix) ? base : base + suffix
}
