import { endpoint, type Resolved, text } from '../../config/formats.ts'
import { accessSchema, validateAccess } from '../../http/access.ts'

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
  ...accessSchema,
}

export type PrometheusConfig = Resolved<typeof schema>

export function validate(config: PrometheusConfig): [path: string, message: string][] {
  return validateAccess(config)
}
