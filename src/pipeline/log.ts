export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogRecord {
  readonly timeMs: number
  readonly level: LogLevel
  /** Component id with its kind, as `receivers::ebpf`; `agent` for the whole. */
  readonly component: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export type LogSink = (record: LogRecord) => void

export type Logger = Readonly<Record<LogLevel, (message: string, fields?: Record<string, unknown>) => void>>

/** A logger that names its component in each record. */
export function createLogger(component: string, sink: LogSink, now: () => number): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      sink({ timeMs: now(), level, component, message, fields })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
