import type { Metric } from '../../catalogue/metrics.ts'
import type { Attributes } from '../../pipeline/metric-series.ts'
import { helpText, labelText } from './labels.ts'
import { prometheusBaseName, prometheusName, prometheusUnit } from './names.ts'
import { formatNumber, type Page } from './page.ts'

export type Format = 'text' | 'openmetrics'

/** How a metric is written, as far as it is the same in each scrape. */
export interface Family {
  /** HELP, TYPE and, in OpenMetrics, UNIT. */
  readonly head: Readonly<Record<Format, string>>
  /** What is kept of a series: as much of its lines as does not change. */
  labels(attributes: Attributes): string
  /** @param value of a histogram, the sum; `counts` from `at` on are then its buckets */
  write(page: Page, labels: string, value: number, counts: Float64Array, at: number): void
}

/** @param constant labels of every series, from labelText */
export function familyOf(metric: Metric, constant: string): Family {
  const { head, name } = describe(metric)
  if (metric.instrument === 'histogram') return histogram(head, name, metric.buckets, constant)
  return {
    head,
    labels: (attributes) => sample(name, labelText(attributes, constant)),
    write(page, labels, value) {
      page.text(labels)
      page.numberAndNewline(value)
    },
  }
}

function histogram(head: Family['head'], name: string, buckets: readonly number[], constant: string): Family {
  const bounds = [...buckets, Number.POSITIVE_INFINITY].map((bound) => `le="${formatBound(bound)}"} `)
  const afterLabels = bounds.map((bound) => `,${bound}`)
  return {
    head,
    labels: (attributes) => labelText(attributes, constant),
    write(page, labels, value, counts, at) {
      const les = labels === '' ? bounds : afterLabels
      let count = 0
      for (let bucket = 0; bucket < les.length; bucket++) {
        count += counts[at + bucket] as number
        page.text(`${name}_bucket{`)
        page.text(labels)
        page.text(les[bucket] as string)
        page.numberAndNewline(count)
      }
      page.text(sample(`${name}_sum`, labels))
      page.numberAndNewline(value)
      page.text(sample(`${name}_count`, labels))
      page.numberAndNewline(count)
    },
  }
}

function describe(metric: Metric): { head: Family['head']; name: string } {
  const type = metric.instrument === 'updowncounter' ? 'gauge' : metric.instrument
  const [name, base] = [prometheusName(metric), prometheusBaseName(metric)]
  const unit = prometheusUnit(metric)
  const help = (format: Format) => helpText(metric.description, format === 'openmetrics')
  return {
    name,
    head: {
      text: `# HELP ${name} ${help('text')}\n# TYPE ${name} ${type}\n`,
      openmetrics:
        `# HELP ${base} ${help('openmetrics')}\n# TYPE ${base} ${type}\n` +
        (unit === '' ? '' : `# UNIT ${base} ${unit}\n`),
    },
  }
}

/** The resource, as a metric that is always 1: what is said about this agent joins by `job` and `instance`. */
export function targetInfo(resource: Attributes, format: Format): string {
  const name = format === 'text' ? 'target_info' : 'target'
  const type = format === 'text' ? 'gauge' : 'info'
  return `# HELP ${name} Target metadata\n# TYPE ${name} ${type}\n${sample('target_info', labelText(resource))}1\n`
}

/**
 * As OpenMetrics wants it, `1.0`, in the older format too: Prometheus 3 makes the one of the other, so a series is the
 * same whatever the version and the format.
 *
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/#considerations-canonical-numbers
 */
export function formatBound(bound: number): string {
  const text = formatNumber(bound)
  if (!Number.isFinite(bound)) return text
  const [digits = '', exponent] = (
    bound !== 0 && (Math.abs(bound) < 1e-4 || Math.abs(bound) >= 1e6) ? bound.toExponential() : text
  ).split('e')
  // Go's %g: two digits at least in the exponent.
  if (exponent !== undefined) return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  return digits.includes('.') ? digits : `${digits}.0`
}

function sample(name: string, labels: string): string {
  return labels === '' ? `${name} ` : `${name}{${labels}} `
}
