import type { Settings } from '../../src/pipeline/component.ts'
import { createLogger, type LogRecord } from '../../src/pipeline/log.ts'
import { SeriesStore } from '../../src/pipeline/series-store.ts'

export interface TestSettings extends Settings {
  /** What has been logged, oldest first. */
  readonly logged: LogRecord[]
  /** The next record with this message, or the one that is there already. */
  readonly said: (message: string) => Promise<LogRecord>
}

/** Settings of a component under test: the log is kept, the time stands still, a reported error throws. */
export function settingsOf(id: string, overrides: Partial<Settings> = {}): TestSettings {
  const logged: LogRecord[] = []
  const waiting = new Map<string, PromiseWithResolvers<LogRecord>>()
  const heard = (message: string) => {
    const found = waiting.get(message) ?? Promise.withResolvers<LogRecord>()
    waiting.set(message, found)
    return found
  }
  const now = overrides.now ?? (() => 1_700_000_000_000)
  return {
    id,
    log: createLogger(
      id,
      (record) => {
        logged.push(record)
        heard(record.message).resolve(record)
      },
      now,
    ),
    report: (error) => {
      throw error
    },
    finished() {},
    now,
    resource: { 'service.name': 'netsonde', 'service.version': '0.1.0', 'host.name': 'node-a' },
    telemetry: new SeriesStore(),
    ready: () => true,
    ...overrides,
    logged,
    said: (message) => heard(message).promise,
  }
}
