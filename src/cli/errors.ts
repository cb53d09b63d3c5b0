import { inspect } from 'node:util'
import { ConfigError } from '../config/problem.ts'
import { NetsondeError } from '../errors.ts'

/**
 * @param debug adds where in the code it came from, and the causes
 * @returns lines for a person, and the exit status
 */
export function tellError(error: unknown, debug: boolean): { text: string; status: number } {
  const trace = debug ? `${inspect(error)}\n` : ''
  if (error instanceof ConfigError) {
    const { length } = error.problems
    const count = `${length} ${length === 1 ? 'error' : 'errors'}. Nothing was started.`
    return { text: `${error.message}\n${count}\n${trace}`, status: 2 }
  }
  const message = error instanceof Error ? error.message : String(error)
  const usage = error instanceof NetsondeError && error.code === 'USAGE'
  // Anything else was not foreseen: its place in the code is what one needs to mend it.
  const foreseen = error instanceof NetsondeError || error instanceof AggregateError
  const hint = foreseen || debug ? '' : 'This should not happen. NETSONDE_DEBUG=1 shows where it did.\n'
  return { text: `netsonde: ${message}\n${hint}${trace}`, status: usage ? 2 : 1 }
}
