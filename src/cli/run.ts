import { release } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startAgent } from '../agent.ts'
import { loadConfig } from '../config/load.ts'
import { NetsondeError } from '../errors.ts'
import { builtIn } from '../factories.ts'
import { packageRoot } from '../package-root.ts'
import type { ComponentFactory } from '../pipeline/component.ts'
import { createLogger } from '../pipeline/log.ts'
import { version } from '../version.ts'
import type { Host } from './cli.ts'
import { openOutput } from './output.ts'
import { type Signal, Signals } from './signals.ts'

/** A person at a terminal waits for no timeouts. Below the 2 s that Ctrl-C may take. */
const PATIENCE_MS = 1700

/**
 * Runs the agent until a signal or a failure ends it.
 *
 * @returns the exit status
 * @throws {ConfigError | NetsondeError} why it did not start, or what failed
 */
export async function run(
  given: readonly string[],
  host: Host,
  factories: readonly ComponentFactory[] = builtIn,
): Promise<number> {
  const files = given.length > 0 ? given : [quickstart()]
  const config = await loadConfig({ files }, factories, host.env)
  using output = openOutput(config.service.telemetry.logs, host)
  using signals = new Signals(host, () => output[Symbol.dispose]())
  const log = createLogger('agent', output.log, Date.now)
  log.info('starting', { version, kernel: release(), config: files })

  const agent = startAgent(config, output)
  const running = agent.then(({ done }) => {
    log.info('ready')
    return done
  })
  try {
    // A signal counts before the start is complete, too. A failure of either wins.
    const signal = await Promise.race([signals.first, running])
    if (signal) {
      log.info('stopping', { signal })
      const ending = agent.then((started) => started[Symbol.asyncDispose]())
      await within(ending, signal)
    }
    log.info('stopped')
    return 0
  } catch (error) {
    log.debug('ended by an error', { error }) // with its trace, which the last message does not have
    throw error
  }
}

/** Ctrl-C ends within 2 s; what supervises a service sends SIGTERM and grants service::shutdown_timeout. */
async function within(ending: PromiseLike<void>, signal: Signal): Promise<void> {
  if (signal !== 'SIGINT') return ending
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(
      new NetsondeError(
        'ENDED_EARLY',
        'ended before everything was handed on; SIGTERM waits for service::shutdown_timeout',
      ),
    )
  }, PATIENCE_MS)
  try {
    await Promise.race([ending, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** As one would type it, where that is shorter. */
function quickstart(): string {
  const path = fileURLToPath(new URL('config/quickstart.yaml', packageRoot))
  const short = relative('', path)
  return short.startsWith('..') ? path : short
}
