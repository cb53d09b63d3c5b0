import { endpoint, flag, oneOf, type Resolved } from '../../config/formats.ts'
import { headerProblems } from '../../otlp/headers.ts'
import { pushSettings, tlsProblems, tlsSettings } from '../../otlp/settings.ts'

export const schema = {
  endpoint: endpoint({ default: 'localhost:4317', doc: 'Where the Collector receives OTLP over gRPC' }),
  tls: {
    insecure: flag({ default: false, doc: 'Send in the clear: for a Collector on this host or in tests' }),
    ...tlsSettings,
  },
  ...pushSettings,
  serializer: oneOf(['fast', 'official'], {
    default: 'fast',
    doc: "`official`: OpenTelemetry's own exporter does it all, to compare; twenty times the CPU, one message, cumulative only",
  }),
}

export type OtlpGrpcConfig = Resolved<typeof schema>

export function validate(config: OtlpGrpcConfig): [path: string, message: string][] {
  const { tls, headers, serializer, temporality } = config
  const problems = [...headerProblems(headers, reserved), ...tlsProblems(tls)]
  if (serializer === 'official' && temporality === 'delta') {
    problems.push(['serializer', 'official has no delta: write fast, or temporality: cumulative'])
  }
  return problems
}

/** @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Custom-Metadata */
function reserved(name: string): string | undefined {
  if (/^grpc-/i.test(name)) return 'is reserved: names that begin with grpc- belong to gRPC itself'
  return /-bin$/i.test(name) ? 'is for binary values, which cannot be written here' : undefined
}
