import { metrics } from '../../catalogue/metrics.ts'
import { endpoint, flag, oneOf, type Resolved, strings, text } from '../../config/formats.ts'
import { accessSchema, validateAccess } from '../../http/access.ts'
import { labelName } from './names.ts'

export const schema = {
  endpoint: endpoint({
    default: 'localhost:9464',
    doc: 'Where Prometheus may ask; 0.0.0.0:9464 for other hosts than this one',
  }),
  path: text({
    default: '/metrics',
    pattern: /^\/[^\s?#]*$/,
    example: '/metrics',
    doc: 'Path of the metrics; others are answered with 404',
  }),
  const_labels: strings({ doc: 'Labels that every series gets, as `cluster: west`; `target_info` does not' }),
  target_info: {
    enabled: flag({
      default: true,
      doc: 'Whether there is a `target_info` that says which agent this is: service, version, host, node',
    }),
  },
  ...accessSchema,
  serializer: oneOf(['fast', 'official'], {
    default: 'fast',
    doc: "Who writes the text: `official` is OpenTelemetry's exporter, text 0.0.4 only and a multiple of the cost",
  }),
}

export type PrometheusConfig = Resolved<typeof schema>

/** Labels that some metric has, by the attribute that they come from. */
const taken = new Map<string, string>(
  metrics.flatMap(({ attributes, optIn }) =>
    [...attributes, ...optIn].map((name) => [labelName(name), name] as const),
  ),
)
taken.set('le', 'the bound of a bucket')

export function validate(config: PrometheusConfig): [path: string, message: string][] {
  const labels = Object.keys(config.const_labels).flatMap((name): [string, string][] => {
    const problem = problemOf(name)
    return problem ? [[`const_labels::${name}`, problem]] : []
  })
  return [...labels, ...validateAccess(config)]
}

function problemOf(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return 'is not a label of Prometheus: letters, digits and _ only, no digit first'
  if (name.startsWith('__')) return 'begins with __, which Prometheus keeps for itself'
  const owner = taken.get(name)
  return owner && `is taken: series have it from ${owner}`
}
