import { formatDuration } from '../config/duration.ts'
import { NetsondeError } from '../errors.ts'
import type { Component } from './component.ts'

/** The error with the component's name in front, unless it begins so (also as `exporters::prometheus::endpoint`). A code is kept. */
export function inComponent(name: string, error: unknown): NetsondeError {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof NetsondeError && message.startsWith(`${name}:`)) return error
  const code = error instanceof NetsondeError ? error.code : 'COMPONENT_FAILED'
  return new NetsondeError(code, `${name}: ${message}`, { cause: error })
}

/**
 * @param timeoutMs after which the component is left behind
 * @throws {NetsondeError} what the component says, or SHUTDOWN_TIMEOUT
 */
export async function disposeWithin(name: string, component: Component, timeoutMs: number): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const allowed = formatDuration(timeoutMs)
    late.reject(
      new NetsondeError('SHUTDOWN_TIMEOUT', `did not end within service::shutdown_timeout (${allowed})`),
    )
  }, timeoutMs)
  try {
    await Promise.race([component[Symbol.asyncDispose](), late.promise])
  } catch (error) {
    throw inComponent(name, error)
  } finally {
    clearTimeout(timer)
  }
}
