import type { SchemaObj } from 'convict'
import picomatch from 'picomatch'
import { formatList, nearest } from './did-you-mean.ts'
import { DURATION_UNITS, parseDuration } from './duration.ts'
import { parseEndpoint } from './endpoint.ts'
import { quote, Refused, refuseAll } from './refused.ts'

/** Timers of Node take 2^31 - 1 ms; longer ones run out at once, again and again. */
const LONGEST = '596h'

/**
 * The convict formats by name: each looks at a value as it was written and throws `Refused`
 * (or an AggregateError of them) where it cannot be taken.
 */
export const checks: Readonly<Record<string, (value: unknown, setting: SchemaObj) => void>> = {
  duration(value, { min, max = LONGEST }) {
    if (typeof value === 'number') {
      throw new Refused(`${value} has no unit`, `write ${Math.abs(value)}s; units: ${DURATION_UNITS}`)
    }
    const ms = typeof value === 'string' ? parseDuration(value) : undefined
    if (ms === undefined) {
      throw new Refused(
        `${quote(value)} is not a duration`,
        `write it as 5s or 1m30s; units: ${DURATION_UNITS}`,
      )
    }
    const low = ms < (parseDuration(min ?? '0s') ?? 0)
    if (low || ms > (parseDuration(max) ?? Number.POSITIVE_INFINITY)) {
      throw new Refused(`${value} is too ${low ? 'short' : 'long'}`, `accepted: ${range(min, max)}`)
    }
  },

  endpoint(value) {
    if (typeof value === 'string' && parseEndpoint(value)) return
    throw new Refused(`${quote(value)} is not host:port`, endpointHint(value))
  },

  globs(value) {
    const patterns = listOfText(value, '[eth*, en?]')
    const bad = (pattern: string) => pattern === '' || !compiles(pattern)
    refuseAll(
      patterns.flatMap((pattern, i) =>
        bad(pattern)
          ? [new Refused(`${quote(pattern)} is not a glob`, 'write it as eth* or en?', [`${i}`])]
          : [],
      ),
    )
  },

  names(value, { of }) {
    const found = listOfText(value, `[${(of as string[] | undefined)?.[0] ?? 'a'}]`)
    if (of) refuseAll(found.flatMap((name, i) => (of.includes(name) ? [] : [notOneOf(name, of, [`${i}`])])))
  },

  whole(value, { min = 0, max = Number.MAX_SAFE_INTEGER, unit }) {
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return
    const open = max === Number.MAX_SAFE_INTEGER
    const accepted = open ? `>= ${min}` : `from ${min} to ${max}`
    throw new Refused(`${quote(value)} is not a whole number${unit ? ` of ${unit}` : ''} ${accepted}`)
  },

  number(value, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }) {
    if (typeof value === 'number' && value >= min && value <= max) return
    const accepted = max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`
    throw new Refused(`${quote(value)} is not accepted here`, `accepted: ${accepted}`)
  },

  flag(value) {
    if (typeof value !== 'boolean') throw new Refused(`${quote(value)} is not true or false`)
  },

  text(value, { pattern, example }) {
    if (typeof value !== 'string') throw notText(value)
    if (pattern && !(pattern as RegExp).test(value)) {
      throw new Refused(`${quote(value)} is not accepted`, example ? `write it as ${example}` : '')
    }
  },

  strings(value) {
    const entries = entriesOf(value, '{name: value}')
    refuseAll(entries.flatMap(([name, text]) => (typeof text === 'string' ? [] : [notText(text, [name])])))
  },

  // The settings below each name are checked one by one, as those of a component are: see check.ts.
  map(value, { keys }) {
    const entries = entriesOf(value, '{name: {...}}')
    if (!keys) return
    refuseAll(entries.flatMap(([name]) => (keys.includes(name) ? [] : [notOneOf(name, keys, [name], true)])))
  },
}

/** For enumerations, which convict takes as a list. */
export function notOneOf(
  value: unknown,
  accepted: readonly string[],
  inside: readonly string[] = [],
  key = false,
): Refused {
  const near = nearest(String(value), accepted)
  const hint = `${near ? `did you mean ${quote(near)}? ` : ''}accepted: ${formatList(accepted)}`
  return new Refused(`${quote(value)} is not accepted here`, hint, inside, key)
}

function notText(value: unknown, inside: readonly string[] = []): Refused {
  const scalar = typeof value === 'number' || typeof value === 'boolean'
  return new Refused(`${quote(value)} is not text`, scalar ? `write "${value}"` : '', inside)
}

function listOfText(value: unknown, example: string): string[] {
  if (!Array.isArray(value)) {
    const write =
      typeof value === 'string' && value !== '' ? `[${/[*[{]/.test(value) ? quote(value) : value}]` : example
    throw new Refused(`${quote(value)} is not a list`, `write ${write}`)
  }
  refuseAll(value.flatMap((item, i) => (typeof item === 'string' ? [] : [notText(item, [`${i}`])])))
  return value
}

function entriesOf(value: unknown, example: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused(`${quote(value)} is not a map`, `write ${example}`)
  }
  return Object.entries(value)
}

function endpointHint(value: unknown): string {
  if (typeof value === 'number')
    return `write localhost:${value}, or 0.0.0.0:${value} for every address of this host`
  if (typeof value !== 'string') return 'write it as localhost:4317 or [::1]:4317'
  if (/^:\d+$/.test(value))
    return `write localhost${value}, or 0.0.0.0${value} for every address of this host`
  const scheme = /^\w+:\/\//.exec(value)
  const bare = scheme && value.slice(scheme[0].length).replace(/\/.*$/, '')
  if (bare && parseEndpoint(bare)) return `write ${bare}`
  return 'write it as localhost:4317 or [::1]:4317; ports go to 65535'
}

function range(min: string | undefined, max: string): string {
  return min ? `${min} to ${max}` : `up to ${max}`
}

function compiles(pattern: string): boolean {
  try {
    picomatch.makeRe(pattern)
    return true
  } catch {
    return false // too long: picomatch takes 65,536 characters
  }
}
