import { builtIn } from '../../src/factories.ts'
import type { ComponentFactory } from '../../src/pipeline/component.ts'

/** What each component needs to work in a test: free ports, nobody to talk to. */
const written: Readonly<Record<string, object>> = {
  pcap: { path: 'test/captures/dhcp.pcap' },
  cardinality_limit: {},
  prometheus: { endpoint: 'localhost:0' },
  otlp_grpc: { endpoint: 'localhost:9', tls: { insecure: true }, timeout: '200ms' }, // port 9: discard
  otlp_http: { endpoint: 'http://localhost:9', timeout: '200ms' },
  file: { path: '/dev/null' },
  debug: { verbosity: 'detailed' },
  health_check: { endpoint: 'localhost:0' },
}

export interface Case<F extends ComponentFactory = ComponentFactory> {
  readonly name: string
  readonly factory: F
  readonly written: object
}

/** The built-in components of a kind; one without a line above fails its tests by name. */
export function casesOf<K extends ComponentFactory['kind']>(
  kind: K,
): Case<Extract<ComponentFactory, { kind: K }>>[] {
  return builtIn
    .filter((factory): factory is Extract<ComponentFactory, { kind: K }> => factory.kind === kind)
    .map((factory) => ({ name: `${kind} ${factory.type}`, factory, written: written[factory.type] ?? {} }))
}
