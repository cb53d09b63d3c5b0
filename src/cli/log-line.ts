import { inspect } from 'node:util'
import type { LogRecord } from '../pipeline/log.ts'

/**
 * `{"ts":"2026-01-02T03:04:05.006Z","level":"info","component":"agent","msg":"ready"}` with `fields` where there are any.
 *
 * @param traces shows where in the code an error came from
 */
export function jsonLine({ timeMs, level, component, message, fields }: LogRecord, traces = false): string {
  const record = { ts: new Date(timeMs).toISOString(), level, component, msg: message }
  return JSON.stringify(
    Object.keys(fields).length > 0 ? { ...record, fields: plain(fields, traces) } : record,
  )
}

/** `03:04:05 warn  receivers::ebpf  message  name=value`, in UTC as the JSON is. */
export function consoleLine(
  { timeMs, level, component, message, fields }: LogRecord,
  traces = false,
): string {
  const time = new Date(timeMs).toISOString().slice(11, 19)
  const pairs = Object.entries(plain(fields, traces) as object).map(
    ([name, value]) => `${name}=${shown(value)}`,
  )
  return [`${time} ${level.padEnd(5)} ${component}`, message, ...pairs].join('  ').replace(/\p{Cc}/gu, ' ')
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[^\s"\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value)
}

/** What JSON can say, whatever a component put into its record. */
function plain(value: unknown, traces: boolean, depth = 0): unknown {
  if (value instanceof Error) return traces ? inspect(value) : value.message
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > 8) return '...' // a circle
  if (Array.isArray(value)) return value.map((item) => plain(item, traces, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, plain(item, traces, depth + 1)]),
  )
}
