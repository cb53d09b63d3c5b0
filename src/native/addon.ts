import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { NetsondeError } from '../errors.ts'
import { packageRoot } from '../package-root.ts'

/** Where the build puts the addon and the programs. */
export const build = new URL('build/', packageRoot)

let loaded: unknown

/**
 * The addon (native/), of which each file here describes what it takes. Its errors have an errno's name as `code`, and
 * say what was tried.
 */
export function addon<Functions>(): Functions {
  if (loaded) return loaded as Functions
  const path = fileURLToPath(new URL('netsonde.node', build))
  try {
    loaded = createRequire(import.meta.url)(path)
  } catch (cause) {
    throw new NetsondeError('ADDON_MISSING', `the addon cannot be loaded from ${path}: run scripts/setup`, {
      cause,
    })
  }
  return loaded as Functions
}
