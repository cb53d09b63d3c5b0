import { duration, flag, number, oneOf, type Setting, strings, text, whole } from '../config/formats.ts'
import { Refused } from '../config/refused.ts'
import type { TlsConfig } from './tls-files.ts'

/** Settings of both OTLP exporters, as the Collector's exporters have them. */
export const pushSettings = {
  headers: strings({ sensitive: true, doc: 'Sent with each export, as authorization' }),
  compression: oneOf(['gzip', 'none'], { default: 'gzip', doc: 'Of what is sent' }),
  temporality: oneOf(['cumulative', 'delta'], {
    default: 'cumulative',
    doc: 'Of counters and histograms: totals since their start, or what came since the last export that arrived',
  }),
  interval: duration({ default: '10s', min: '100ms', doc: 'How often the sums are sent' }),
  timeout: duration({
    default: '5s',
    min: '10ms',
    doc: 'For one request; the last export at the end, all of it, is within it too, and within 5s',
  }),
  max_message_size_mib: whole({
    default: 4,
    min: 1,
    max: 1024,
    unit: 'MiB',
    doc: 'Of one request before compression, a receiver takes 4 unless it is told otherwise; more points go in several',
  }),
  retry_on_failure: {
    enabled: flag({ default: true, doc: 'Else the next attempt is that of the next interval' }),
    initial_interval: duration({ default: '5s', min: '10ms', doc: 'From a failure to the next attempt' }),
    randomization_factor: number({
      default: 0.5,
      min: 0,
      max: 1,
      doc: 'How much shorter or longer, so that many agents do not come at once',
    }),
    multiplier: number({ default: 1.5, min: 1, doc: 'How much longer with each failure in a row' }),
    max_interval: duration({ default: '30s', min: '10ms', doc: 'The longest' }),
    max_elapsed_time: duration({
      default: '0s',
      doc: 'Accepted and without effect: nothing is given up, the sums are kept',
    }),
  },
  sending_queue: {
    default: {},
    format: anyMap,
    doc: 'Accepted and without effect: there is no queue, the next export has what the last one had',
  } as Setting<Readonly<Record<string, unknown>>>,
}

export const tlsSettings = {
  ca_file: text({ default: '', doc: "PEM file of the authorities to trust, instead of Node's" }),
  cert_file: text({ default: '', doc: 'PEM file of the own certificate, for receivers that ask for one' }),
  key_file: text({ default: '', doc: 'PEM file of its key' }),
  insecure_skip_verify: flag({ default: false, doc: 'Take any certificate: for tests only' }),
  server_name_override: text({
    default: '',
    doc: "The name that the receiver's certificate has, where it is not that of the endpoint",
  }),
  reload_interval: duration({ default: '0s', doc: 'How often the files are looked at again; 0s: never' }),
}

/** Whether the settings ask for a queue, which is then explained in the log. */
export function asksForQueue(queue: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(queue).length > 0 && queue.enabled !== false
}

export function tlsProblems(tls: TlsConfig): [path: string, message: string][] {
  const { cert_file, key_file } = tls
  if ((cert_file === '') === (key_file === '')) return []
  const [has, lacks] = cert_file ? ['cert_file', 'key_file'] : ['key_file', 'cert_file']
  return [[`tls::${has}`, `is without its ${lacks}: a certificate needs its key`]]
}

function anyMap(value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused('is not a map', 'leave it out: there is no queue to set')
  }
}
