import type { Reply } from '../../http/respond.ts'
import { type HttpServer, serve } from '../../http/server.ts'
import type { Extension, Settings } from '../../pipeline/component.ts'
import type { HealthCheckConfig } from './config.ts'

/**
 * Says at any path whether the agent works: 200 or 503, with the body of the Collector's health_check.
 *
 * @throws {NetsondeError} ENDPOINT_UNUSABLE from start()
 */
export function createHealthCheck(config: HealthCheckConfig, settings: Settings): Extension {
  let server: HttpServer | undefined
  let startedMs = 0

  return {
    async start() {
      startedMs = settings.now()
      server = await serve(config.endpoint, `extensions::${settings.id}::endpoint`, () =>
        settings.ready() ? available(startedMs, settings.now()) : unavailable,
      )
      settings.log.info('listening', { what: 'health', url: server.origin })
    },

    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]()
    },
  }
}

const unavailable = reply(503, {
  status: 'Server not available',
  upSince: '0001-01-01T00:00:00Z', // Go's zero time
  uptime: '',
})

function available(startedMs: number, nowMs: number): Reply {
  return reply(200, {
    status: 'Server available',
    upSince: new Date(startedMs).toISOString(),
    uptime: goDuration(nowMs - startedMs),
  })
}

function reply(status: number, body: Record<string, string>): Reply {
  return { status, type: 'application/json', body: JSON.stringify(body) }
}

/** As Go prints a time.Duration: `1h2m3.5s`. */
export function goDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = Math.round(ms % 60_000) / 1000
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}
