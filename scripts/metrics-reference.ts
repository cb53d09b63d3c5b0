import { attributes } from '../src/catalogue/attributes.ts'
import { type Metric, metrics } from '../src/catalogue/metrics.ts'
import { prometheusName } from '../src/exporters/prometheus/names.ts'
import { table } from './markdown.ts'

/** The catalogue as a page. */
export function metricsReference(): string {
  return `# Metrics

<!-- Made from src/catalogue by \`npm run generate\`. -->

The same metric has two names: in OTLP the one with dots, in Prometheus the one with its unit and, if it
only grows, \`_total\`. In Prometheus the dots in names of attributes are underscores too.

An attribute that a series has no value for is left out of it. Which attributes a metric is told apart by
is chosen per metric with \`processors::cardinality_limit::metrics::NAME::attributes\`: a list of those in the
columns "default" and "opt-in", which replaces the default.

${metrics.map(section).join('\n')}
## Attributes

Over a metric's limit its new series are counted in \`other\` series: there bounded attributes keep their
value, and the others read \`other\`.

${table([
  ['Attribute', 'Bounded', 'Description'],
  ...attributes.map(({ name, bounded, description }) => [code(name), bounded ? 'yes' : 'no', description]),
])}
`
}

function section(metric: Metric): string {
  return `## ${metric.name}

${metric.description}.

${table([
  ['In Prometheus', code(prometheusName(metric))],
  ['Instrument', metric.instrument],
  ...(metric.instrument === 'histogram' ? [['Buckets, up to', metric.buckets.join(', ')]] : []),
  ['Unit', code(metric.unit)],
  ['Attributes, default', list(metric.attributes)],
  ['Attributes, opt-in', list(metric.optIn)],
])}
`
}

const code = (text: string) => `\`${text}\``
const list = (names: readonly string[]) => (names.length > 0 ? names.map(code).join(', ') : 'none')
