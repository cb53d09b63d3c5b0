import { type ConfigSource, loadConfig } from './config/load.ts'
import type { AgentConfig } from './config/resolve.ts'
import type { Environment } from './config/variables.ts'
import { builtIn } from './factories.ts'
import type { ComponentFactory, Consumer } from './pipeline/component.ts'
import { Graph } from './pipeline/graph.ts'
import { createLogger, type LogLevel, type LogSink } from './pipeline/log.ts'
import { isAtLeast } from './pipeline/log-level.ts'
import { version } from './version.ts'

export interface AgentOptions {
  /** Components beside those that come with the package; of one type the last one counts. */
  readonly factories?: readonly ComponentFactory[]
  /** Gets the log. Default: nobody does. */
  readonly log?: LogSink
  /** The least that `log` gets. Default: service::telemetry::logs::level. */
  readonly level?: LogLevel
  /** Sees each batch as it leaves a receiver, before any processor. */
  readonly tap?: Consumer
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: () => number
  /** For `${env:NAME}` and settings that have a variable. Default: process.env. */
  readonly env?: Environment
}

/** A running agent. Disposing it hands on what is still held, then ends every component. */
export interface Agent extends AsyncDisposable {
  /** All components have started, none has failed, and none has been told to end. */
  readonly ready: boolean
  /** Settles when everything has ended, also by itself once its receivers have (a capture was read). Rejects if a component failed, or did not end as it should. */
  readonly done: Promise<void>
}

/**
 * Starts an agent in this process. It installs no signal handler, reads no arguments, prints nothing
 * and never ends the process.
 *
 * @param source the configuration, or `{ files: [...] }`
 * @throws {ConfigError} with everything that is wrong with the configuration; nothing was started
 * @throws {NetsondeError} a component could not start, with its name in front; the others have ended again
 */
export async function createAgent(source: ConfigSource, options: AgentOptions = {}): Promise<Agent> {
  const factories = [...builtIn, ...(options.factories ?? [])]
  return startAgent(await loadConfig(source, factories, options.env ?? process.env), options)
}

/** As createAgent, with a configuration that has been loaded. */
export async function startAgent(
  config: AgentConfig,
  options: Pick<AgentOptions, 'log' | 'level' | 'tap' | 'now'> = {},
): Promise<Agent> {
  const { telemetry } = config.service
  const now = options.now ?? Date.now
  const least = options.level ?? telemetry.logs.level
  const sink: LogSink = (record) => {
    if (isAtLeast(record.level, least)) options.log?.(record)
  }
  const log = createLogger('agent', sink, now)
  const done = Promise.withResolvers<void>()
  done.promise.catch(() => {}) // who does not wait for it is not to be killed by it
  let state: 'starting' | 'running' | 'ending' = 'starting'
  let failure: Error | undefined
  let finished = false
  let ended: Promise<void> | undefined

  const graph = await Graph.build(config, {
    sink,
    now,
    resource: { 'service.name': 'netsonde', 'service.version': version, ...telemetry.resource },
    ready: () => state === 'running',
    failed(error) {
      if (failure) return
      failure = error
      log.error('failed', { error })
      if (state === 'running') end().catch(() => {}) // `done` tells
    },
    finished() {
      finished = true
      if (state === 'running') end().catch(() => {}) // `done` tells
    },
    tap: options.tap,
  })

  function end(): Promise<void> {
    state = 'ending'
    ended ??= stop()
    return ended
  }

  async function stop(): Promise<void> {
    try {
      await graph.stop()
    } catch (error) {
      log.error('did not end cleanly', { error })
      done.reject(failure ?? error)
      throw error
    }
    if (failure) done.reject(failure)
    else done.resolve()
  }

  try {
    await graph.start()
    if (failure) throw failure
  } catch (error) {
    await end().catch(() => {}) // logged; the first error is the one to mend
    throw error
  }
  state = 'running'
  if (finished) end().catch(() => {})
  return {
    get ready() {
      return state === 'running'
    },
    done: done.promise,
    [Symbol.asyncDispose]: end,
  }
}
