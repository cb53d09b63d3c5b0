/**
 * What a component's settings are made of. A component's config.ts declares each setting once:
 *
 *     import { duration, endpoint, flag, globs, mapOf, oneOf, whole, type Resolved } from '../../config/formats.ts'
 *
 *     export const schema = {
 *       collection_interval: duration({ default: '5s', min: '100ms', doc: 'What moved in it is read and emitted' }),
 *       interfaces: {
 *         include: globs({ default: ['*'], doc: 'Interfaces to watch' }),
 *         exclude: globs({ default: ['lo'], doc: 'Interfaces to leave out; wins over include' }),
 *       },
 *       metrics: mapOf({ limit: whole({ default: undefined, min: 1, doc: 'Series' }) }, { doc: 'By metric' }),
 *     }
 *     export type EbpfConfig = Resolved<typeof schema>
 *     // { collection_interval: number; interfaces: { include: readonly string[]; ... }; metrics: Record<string, ...> }
 *
 * What the code gets (`Resolved`): every field set, checked and in one unit.
 *
 *     duration   number, milliseconds      written `5s`
 *     endpoint   { host, port }            written `localhost:9464`, `[::1]:9464`
 *     globs      readonly string[]         written `[eth*, en?]`
 *     names      readonly string[]         a list; with `of`, each one of them
 *     whole      number                    a whole number in min..max
 *     number     number                    in min..max
 *     flag       boolean                   `true` or `false`
 *     text       string
 *     oneOf      one of the strings        `oneOf(['gzip', 'none'], { default: 'gzip', doc })`
 *     strings    Record<string, string>    headers, labels
 *     mapOf      Record<string, Resolved>  names chosen by the user, each with the given settings
 *
 * `default: undefined` makes a setting optional: its type then includes `undefined`.
 * `sensitive: true` keeps a value out of every message. `env: 'NAME'`: the variable wins over the file.
 * The result is a convict schema; a setting may also be a plain convict object with a `format` function that throws.
 */
import convict, { type SchemaObj } from 'convict'
import { checks } from './checks.ts'
import { parseDuration } from './duration.ts'
import { type Endpoint, parseEndpoint } from './endpoint.ts'

/** Strings become what the code gets; what cannot be read stays, because its check has spoken already. */
const read: Readonly<Record<string, (written: string) => unknown>> = {
  duration: (written) => parseDuration(written) ?? written,
  endpoint: (written) => parseEndpoint(written) ?? written,
  // From environment variables, which are always text.
  whole: (written) => (/^\d+$/.test(written) ? Number(written) : written),
  number: (written) => (/^\d+(\.\d+)?$/.test(written) ? Number(written) : written),
  flag: (written) => (written === 'true' ? true : written === 'false' ? false : written),
}

convict.addFormats(
  Object.fromEntries(Object.entries(checks).map(([name, validate]) => [name, withReader(name, validate)])),
)

function withReader(name: string, validate: (value: unknown, setting: SchemaObj) => void) {
  const coerce = read[name]
  return coerce ? { validate, coerce } : { validate }
}

/** A setting whose resolved value is a `T`. */
export interface Setting<T> extends SchemaObj<T> {
  readonly resolved?: T
}

/** What the code gets from a schema. */
export type Resolved<S> = {
  readonly [K in keyof S]: S[K] extends { default: unknown; readonly resolved?: infer T } ? T : Resolved<S[K]>
}

interface Common<Default> {
  readonly default: Default
  readonly doc: string
  readonly env?: string
  readonly sensitive?: boolean
}

/** `undefined` in the default is in the resolved value too. */
type Maybe<T, Default> = undefined extends Default ? T | undefined : T

export function duration<D extends string | undefined>(
  options: Common<D> & { readonly min?: string; readonly max?: string },
): Setting<Maybe<number, D>> {
  return setting('duration', options)
}

export function endpoint<D extends string | undefined>(options: Common<D>): Setting<Maybe<Endpoint, D>> {
  return setting('endpoint', options)
}

export function globs<D extends readonly string[] | undefined>(
  options: Common<D>,
): Setting<Maybe<readonly string[], D>> {
  return setting('globs', options)
}

export function names<D extends readonly string[] | undefined, const Name extends string = string>(
  options: Common<D> & { readonly of?: readonly Name[] },
): Setting<Maybe<readonly Name[], D>> {
  return setting('names', options)
}

export function whole<D extends number | undefined>(
  options: Common<D> & { readonly min?: number; readonly max?: number; readonly unit?: string },
): Setting<Maybe<number, D>> {
  return setting('whole', options)
}

export function number<D extends number | undefined>(
  options: Common<D> & { readonly min?: number; readonly max?: number },
): Setting<Maybe<number, D>> {
  return setting('number', options)
}

export function flag<D extends boolean | undefined>(options: Common<D>): Setting<Maybe<boolean, D>> {
  return setting('flag', options)
}

/** @param options.pattern what the whole text must match; `example` then shows one that does */
export function text<D extends string | undefined>(
  options: Common<D> & { readonly pattern?: RegExp; readonly example?: string },
): Setting<Maybe<string, D>> {
  return setting('text', options)
}

export function oneOf<const Choice extends string, D extends Choice | undefined>(
  choices: readonly Choice[],
  options: Common<D>,
): Setting<Maybe<Choice, D>> {
  return setting([...choices], options)
}

export function strings(
  options: Omit<Common<never>, 'default'> & { readonly default?: Readonly<Record<string, string>> },
): Setting<Readonly<Record<string, string>>> {
  return setting('strings', { ...options, default: options.default ?? {} })
}

/**
 * @param of the settings that each name has
 * @param options.keys the names there are, where they are known; else any
 */
export function mapOf<S extends object>(
  of: S,
  options: Omit<Common<never>, 'default'> & { readonly keys?: readonly string[] },
): Setting<Readonly<Record<string, Resolved<S>>>> {
  return setting('map', { ...options, of, default: {} })
}

function setting<T>(format: string | string[], options: object): Setting<T> {
  // The default is as it is written (`5s`); convict reads it like any other value.
  return { ...options, format } as Setting<T>
}
