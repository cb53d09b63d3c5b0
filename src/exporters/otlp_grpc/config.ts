import { isIP } from 'node:net'
import { formatEndpoint } from '../../config/endpoint.ts'
import { duration, endpoint, flag, oneOf, type Resolved, strings } from '../../config/formats.ts'

export const schema = {
  endpoint: endpoint({ default: 'localhost:4317', doc: 'Where the Collector receives OTLP over gRPC' }),
  tls: {
    insecure: flag({ default: false, doc: 'Send in the clear: for a Collector on this host or in tests' }),
  },
  interval: duration({ default: '10s', min: '100ms', doc: 'How often the sums are sent' }),
  timeout: duration({
    default: '5s',
    min: '10ms',
    doc: 'For one export, at most nine tenths of the interval; the last one at the end is within it too',
  }),
  headers: strings({ sensitive: true, doc: 'Sent with each export, as authorization' }),
  compression: oneOf(['gzip', 'none'], { default: 'gzip', doc: 'Of what is sent' }),
}

export type OtlpGrpcConfig = Resolved<typeof schema>

/** Says where a header is wrong and never what it holds. */
export function validate({ endpoint, tls, headers }: OtlpGrpcConfig): [path: string, message: string][] {
  const problems = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const problem = problemOf(name, value)
    return problem ? [[`headers::${name}`, problem]] : []
  })
  // Node 26 refuses an address as TLS server name (RFC 6066 3), and grpc-js 1.14 sets it to whatever host it has.
  if (isIP(endpoint.host) && !tls.insecure) {
    const at = formatEndpoint(endpoint)
    problems.push([
      'endpoint',
      `${at} cannot be reached by TLS: write a host name; or tls::insecure: true to send in the clear`,
    ])
  }
  return problems
}

/** @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Custom-Metadata */
function problemOf(name: string, value: string): string | undefined {
  if (!/^[0-9A-Za-z_.-]+$/.test(name)) return 'is not a header name; accepted: letters, digits, _ . -'
  if (/^grpc-/i.test(name)) return 'is reserved: names that begin with grpc- belong to gRPC itself'
  if (/-bin$/i.test(name)) return 'is for binary values, which cannot be written here'
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has a value that is not printable ASCII'
}
