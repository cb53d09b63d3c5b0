import convict, { type SchemaObj } from 'convict'
import { checks, notOneOf } from './checks.ts'
import './formats.ts' // registers them with convict
import { quote, Refused } from './refused.ts'

/** Every reason against a value, none if it is right. */
export function refusals(setting: SchemaObj, written: unknown): readonly Refused[] {
  try {
    run(setting, written)
    return []
  } catch (error) {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
    return errors.map((e) => (e instanceof Refused ? e : new Refused((e as Error).message)))
  }
}

function run(setting: SchemaObj, written: unknown): void {
  const { format } = setting
  if (Array.isArray(format)) {
    if (!format.includes(written)) throw notOneOf(written, format.map(String))
  } else if (typeof format === 'function') {
    ;(format as (value: unknown, setting: SchemaObj) => void)(written, setting)
  } else if (typeof format === 'string' && checks[format]) {
    checks[format](written, setting)
  } else {
    // One of convict's own.
    const schema = { value: { ...setting, env: undefined } }
    const alone = convict<{ value: unknown }>(schema as never, { args: [], env: {} })
    try {
      alone.set('value', written).validate({ allowed: 'strict' })
    } catch (error) {
      throw new Refused(
        `${quote(written)} ${(error as Error).message.replace(/^value: |: value was .*$/g, '')}`,
      )
    }
  }
}

/** What a variable says, in the type that the same text would have in a file. */
export function fromVariable({ format }: SchemaObj, written: string): unknown {
  if (format === 'flag') return written === 'true' || (written === 'false' ? false : written)
  if (format === 'number' && /^\d+(\.\d+)?$/.test(written)) return Number(written)
  return format === 'whole' && /^\d+$/.test(written) ? Number(written) : written
}

/** Where `007` from a variable is to stay `007`. */
export function asText({ format }: SchemaObj): boolean {
  return Array.isArray(format) || ['text', 'strings', 'globs', 'names', 'endpoint'].includes(String(format))
}
