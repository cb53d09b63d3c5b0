import type {
  ComponentFactory,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
} from '../../pipeline/component.ts'
import { duration, endpoint, flag, globs, mapOf, oneOf, type Resolved, strings, whole } from '../formats.ts'

const never = () => {
  throw new Error('a check of the configuration makes no component')
}
const part = { stability: 'development', create: never } as const

const taps = {
  interval: duration({ default: '5s', min: '100ms', doc: '' }),
  interfaces: {
    include: globs({ default: ['*'], doc: '' }),
    exclude: globs({ default: ['lo'], doc: '' }),
  },
}
const limit = {
  default_limit: whole({ default: 2000, min: 1, unit: 'series', doc: '' }),
  metrics: mapOf(
    { enabled: flag({ default: true, doc: '' }) },
    { keys: ['flow.io', 'flow.packets'], doc: '' },
  ),
}
const sends = {
  endpoint: endpoint({ default: 'localhost:4317', doc: '' }),
  timeout: duration({ default: '5s', doc: '' }),
  retry: duration({ default: '1s', doc: '' }),
  compression: oneOf(['gzip', 'none'], { default: 'gzip', doc: '' }),
  headers: strings({ sensitive: true, doc: '' }),
}

/** Components whose settings are of every kind. */
export const components: readonly ComponentFactory[] = [
  { ...part, kind: 'receiver', type: 'tap', schema: taps } satisfies ReceiverFactory<Resolved<typeof taps>>,
  { ...part, kind: 'processor', type: 'cardinality_limit', schema: limit } satisfies ProcessorFactory<
    Resolved<typeof limit>
  >,
  {
    ...part,
    kind: 'exporter',
    type: 'send',
    schema: sends,
    validate: ({ retry, timeout }: Resolved<typeof sends>) =>
      retry > timeout ? [['retry', 'is longer than timeout']] : [],
  } satisfies ExporterFactory<Resolved<typeof sends>>,
  { ...part, kind: 'extension', type: 'health', schema: {} },
]
