import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import type { Logger } from './log.ts'

/** Who gets what OpenTelemetry's packages have to say; the first one does. */
const listeners = new Set<Logger>()
let ours: unknown

/**
 * Writes warnings and errors of OpenTelemetry's packages to a log until disposed.
 *
 * They have one logger for the whole process. That of a program which embeds the agent is left alone.
 */
export function routeDiag(log: Logger): Disposable {
  listeners.add(log)
  if (current() === undefined) {
    diag.setLogger(forwarding, { logLevel: DiagLogLevel.WARN })
    ours = current()
  }
  return {
    [Symbol.dispose]() {
      listeners.delete(log)
      if (listeners.size === 0 && ours !== undefined && current() === ours) diag.disable()
    },
  }
}

const say =
  (level: 'warn' | 'error') =>
  (message: string, ...details: unknown[]) => {
    const [log] = listeners
    log?.[level]('OpenTelemetry', { detail: [message, ...details].map(String).join(' ') })
  }

const forwarding: DiagLogger = {
  error: say('error'),
  warn: say('warn'),
  info() {},
  debug() {},
  verbose() {},
}

/** The api has no getter; this is where all its versions keep the logger. */
function current(): unknown {
  const api = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')]
  return (api as { diag?: unknown } | undefined)?.diag
}
