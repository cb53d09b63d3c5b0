import { flag, type Resolved, text } from '../../config/formats.ts'
import { headerProblems } from '../../otlp/headers.ts'
import { pushSettings, tlsProblems, tlsSettings } from '../../otlp/settings.ts'

const url = { pattern: /^https?:\/\/[^\s?#]+$/, example: 'https://otel-collector:4318' }

export const schema = {
  endpoint: text({
    default: 'http://localhost:4318',
    ...url,
    doc: 'Where the Collector receives OTLP over HTTP; `/v1/metrics` is added. https:// is TLS',
  }),
  metrics_endpoint: text({
    default: undefined,
    ...url,
    doc: 'The whole URL, with its path: wins over endpoint',
  }),
  tls: {
    insecure: flag({
      default: false,
      doc: 'Accepted and without effect: http:// in endpoint is in the clear',
    }),
    ...tlsSettings,
  },
  ...pushSettings,
}

export type OtlpHttpConfig = Resolved<typeof schema>

export function validate(config: OtlpHttpConfig): [path: string, message: string][] {
  const problems = [...headerProblems(config.headers, reserved), ...tlsProblems(config.tls)]
  for (const name of ['endpoint', 'metrics_endpoint'] as const) {
    const value = config[name]
    if (value !== undefined && !URL.canParse(value)) problems.push([name, `${value} is not a URL`])
    else if (value !== undefined && hasCredentials(new URL(value))) {
      problems.push([name, 'has a user name or a password in it: write headers: {authorization: Basic ...}'])
    }
  }
  return problems
}

const hasCredentials = ({ username, password }: URL): boolean => username !== '' || password !== ''

/** Where metrics are posted to. */
export function metricsUrl({ endpoint, metrics_endpoint }: OtlpHttpConfig): URL {
  return new URL(metrics_endpoint ?? `${endpoint.replace(/\/+$/, '')}/v1/metrics`)
}

const OURS = ['content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'connection', 'host']

function reserved(name: string): string | undefined {
  return OURS.includes(name.toLowerCase()) ? 'is set by the exporter itself' : undefined
}
