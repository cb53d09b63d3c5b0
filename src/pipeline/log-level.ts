import type { LogLevel } from './log.ts'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least)
}
