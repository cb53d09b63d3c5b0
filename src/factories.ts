import { debug } from './exporters/debug/factory.ts'
import { file } from './exporters/file/factory.ts'
import { otlpGrpc } from './exporters/otlp_grpc/factory.ts'
import { otlpHttp } from './exporters/otlp_http/factory.ts'
import { prometheus } from './exporters/prometheus/factory.ts'
import { healthCheck } from './extensions/health_check/factory.ts'
import type { ComponentFactory } from './pipeline/component.ts'
import { cardinalityLimit } from './processors/cardinality_limit/factory.ts'
import { ebpf } from './receivers/ebpf/factory.ts'
import { pcap } from './receivers/pcap/factory.ts'

/** What comes with the package. */
export const builtIn: readonly ComponentFactory[] = [
  ebpf,
  pcap,
  cardinalityLimit,
  prometheus,
  otlpGrpc,
  otlpHttp,
  file,
  debug,
  healthCheck,
]
