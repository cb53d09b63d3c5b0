import { duration, mapOf, names, oneOf, type Resolved, strings } from './formats.ts'
import { Refused } from './refused.ts'

const pipeline = {
  receivers: names({ default: [], doc: 'Where points come from: ids of the section receivers' }),
  processors: names({ default: [], doc: 'What they pass through, in this order' }),
  exporters: names({ default: [], doc: 'Where they go: each exporter gets every point' }),
}

/** What belongs to the process as a whole: the section `service`. */
export const serviceSchema = {
  extensions: names({ default: [], doc: 'Extensions that run, in the order of their start' }),
  pipelines: mapOf(pipeline, { doc: 'What is connected to what. Names are metrics or metrics/NAME' }),
  telemetry: {
    logs: {
      level: oneOf(['debug', 'info', 'warn', 'error'], {
        default: 'info',
        env: 'NETSONDE_LOG_LEVEL',
        doc: 'The least that is logged',
      }),
      encoding: oneOf(['json', 'console'], {
        default: 'json',
        env: 'NETSONDE_LOG_ENCODING',
        doc: 'A JSON object per line, or a line for people',
      }),
    },
    resource: strings({ doc: 'Attributes that describe this agent in what it exports' }),
  },
  shutdown_timeout: duration({
    default: '20s',
    min: '0s',
    max: '1h',
    doc: 'How long each part may take to end before it is left behind',
  }),
}

export type ServiceConfig = Resolved<typeof serviceSchema>
export type LogsConfig = ServiceConfig['telemetry']['logs']

const SIGNALS = ['metrics', 'traces', 'logs', 'profiles']

/** @throws {Refused} unless it is `metrics` or `metrics/NAME` */
export function checkPipelineId(id: string): void {
  const [signal, ...name] = id.split('/')
  const named = name.length === 0 || (name.length === 1 && /\S/.test(name[0] as string))
  if (signal === 'metrics' && named) return
  throw new Refused(
    SIGNALS.includes(signal as string) && named
      ? 'is a pipeline for another signal'
      : 'is not the id of a pipeline',
    'accepted: metrics, metrics/NAME',
  )
}
