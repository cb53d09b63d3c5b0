import { metricByName, metrics } from '../../catalogue/metrics.ts'
import { formatList, nearest } from '../../config/did-you-mean.ts'
import { duration, flag, mapOf, names, type Resolved, whole } from '../../config/formats.ts'

export const schema = {
  default_limit: whole({
    default: 2000,
    min: 1,
    unit: 'series',
    doc: 'Series that each metric may have; beside them is a reserve for `other` series',
  }),
  max_stale: duration({
    default: '10m',
    doc: 'A series into which nothing was put for so long ends; 0s: never',
  }),
  max_unacknowledged: duration({
    default: '1h',
    doc: 'So long a series that ended is kept for exporters that have not delivered its last value',
  }),
  metrics: mapOf(
    {
      enabled: flag({ default: true, doc: 'Whether the metric is exported at all' }),
      attributes: names({
        default: undefined,
        doc: "What the metric's series are told apart by; replaces its default set",
      }),
      limit: whole({
        default: undefined,
        min: 1,
        unit: 'series',
        doc: 'Series that this metric may have, instead of default_limit',
      }),
    },
    { keys: metrics.map(({ name }) => name), doc: 'What differs from the defaults, by metric' },
  ),
}

export type CardinalityLimitConfig = Resolved<typeof schema>

/** A metric has a set of attributes of its own: what is right for one is unknown to the other. */
export function validate(config: CardinalityLimitConfig): [path: string, message: string][] {
  return Object.entries(config.metrics).flatMap(([name, { attributes = [] }]) => {
    const metric = metricByName.get(name)
    if (!metric) return [] // its name has been refused already
    const accepted: readonly string[] = [...metric.attributes, ...metric.optIn]
    return attributes.flatMap((attribute, i): [string, string][] =>
      accepted.includes(attribute)
        ? []
        : [[`metrics::${name}::attributes::${i}`, refusal(attribute, name, accepted)]],
    )
  })
}

function refusal(attribute: string, metric: string, accepted: readonly string[]): string {
  const near = nearest(attribute, accepted)
  const hint = near ? `did you mean "${near}"? ` : ''
  const list = accepted.length > 0 ? `accepted: ${formatList(accepted)}` : 'it has none'
  return `"${attribute}" is not an attribute of ${metric}; ${hint}${list}`
}
