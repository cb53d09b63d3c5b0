import convict, { type SchemaObj } from 'convict'
import { formatList, nearest } from './did-you-mean.ts'
import { formatDefault } from './format-default.ts'
import type { Place } from './place.ts'
import type { Problem } from './problem.ts'
import { asText, fromVariable, refusals } from './refusals.ts'
import { quote } from './refused.ts'
import { type Entry, isEmpty, keyPlaceOf, placeOf, plain, type Tree } from './tree.ts'
import type { Environment } from './variables.ts'

/** What is gathered on the way through a whole configuration. */
export interface Findings {
  readonly env: Environment
  readonly problems: Problem[]
  /** Where values stand that no message may show. */
  readonly secrets: Place[]
}

/**
 * Holds what was written against a convict schema, each setting in its place.
 *
 * convict's own validate() sees values only after they were converted, knows no places, and takes a
 * dot in a name for a level. So each value is checked here as it was written, with its format;
 * convict then gives defaults, environment variables and conversion.
 *
 * @param path of `tree` in the whole, as `receivers`, `ebpf`
 * @returns every setting resolved; what was refused has its default
 */
export function checkSettings(
  schema: object,
  tree: Tree,
  path: readonly string[],
  findings: Findings,
): Record<string, unknown> {
  const env = variablesOf(schema, findings.env)
  const settled = convict<Record<string, unknown>>(schema as never, { env, args: [] })
  checkVariables(schema, env, path, findings)
  for (const [below, value, setting] of checkGroup(schema, tree, path, [], findings)) {
    // The variable wins; what is written was checked all the same.
    if (setting.env === undefined || env[setting.env] === undefined) settled.set(below.join('.'), value)
  }
  return settled.getProperties()
}

type Below = readonly string[]

/** Says nothing of the value. */
const SECRET = { message: 'has a value of the wrong type', hint: 'not shown: it is secret' }

/** Yields what was written and is right, converted where convict cannot. */
function* checkGroup(
  schema: object,
  tree: Tree,
  base: readonly string[],
  below: Below,
  findings: Findings,
): Generator<readonly [Below, unknown, SchemaObj]> {
  if (tree.kind !== 'map') {
    if (isEmpty(tree)) return // the same as {}
    const message = `${quote(plain(tree))} is not a map`
    findings.problems.push({ path: [...base, ...below], message, hint: 'write {key: value}', at: tree.at })
    return
  }
  for (const [name, entry] of tree.entries) {
    const declared = Object.hasOwn(schema, name) ? (schema as Record<string, object>)[name] : undefined
    const here = [...below, name]
    const path = [...base, ...here]
    if (!declared) unknownKey(schema, path, entry, findings)
    else if (!isSetting(declared)) yield* checkGroup(declared, entry.value, base, here, findings)
    else {
      const value = checkSetting(declared, entry, path, findings)
      if (value !== undefined) yield [here, value, declared]
    }
  }
}

function checkSetting(
  setting: SchemaObj,
  entry: Entry,
  path: readonly string[],
  findings: Findings,
): unknown {
  const { key, value: tree } = entry
  if (setting.sensitive && tree.at) findings.secrets.push(tree.at)
  const written = plain(tree, asText(setting))
  if (written === null && !setting.nullable) {
    const hint = `write one, or leave the key out${formatDefault(setting, ' for the default ')}`
    findings.problems.push({ path, message: 'has no value', hint, at: key })
    return undefined
  }
  const refused = refusals(setting, written)
  for (const { message, hint, inside, key: ofKey } of refused) {
    const standard = inside.length === 0 ? formatDefault(setting, hint ? '; default ' : 'default ') : ''
    findings.problems.push({
      path: [...path, ...inside],
      ...(setting.sensitive ? SECRET : { message, hint: `${hint}${standard}` }),
      at: (ofKey ? keyPlaceOf(tree, inside) : placeOf(tree, inside)) ?? key,
    })
  }
  if (setting.format === 'map' && tree.kind === 'map') {
    // Also where a name is refused: what stands below it may be wrong besides.
    const resolved = [...tree.entries].map(
      ([name, { value }]) => [name, checkSettings(setting.of, value, [...path, name], findings)] as const,
    )
    return Object.fromEntries(resolved)
  }
  return refused.length > 0 ? undefined : written
}

/** Those that settings name. An empty one counts as not set: so templates leave out what they do not know. */
function variablesOf(schema: object, env: Environment): Record<string, string> {
  const set: Record<string, string> = {}
  for (const declared of Object.values(schema)) {
    if (!isSetting(declared)) Object.assign(set, variablesOf(declared, env))
    else if (declared.env && env[declared.env]) set[declared.env] = env[declared.env] as string
  }
  return set
}

/** convict takes variables unseen. */
function checkVariables(schema: object, env: Environment, path: readonly string[], findings: Findings): void {
  for (const [name, declared] of Object.entries(schema)) {
    const here = [...path, name]
    if (!isSetting(declared)) {
      checkVariables(declared, env, here, findings)
      continue
    }
    const text = env[declared.env ?? '']
    if (text === undefined) continue
    for (const refused of refusals(declared, fromVariable(declared, text))) {
      const { message, hint } = declared.sensitive ? SECRET : refused
      findings.problems.push({ path: here, message: `from the variable ${declared.env}: ${message}`, hint })
    }
  }
}

function unknownKey(
  schema: object,
  path: readonly string[],
  { key, value }: Entry,
  findings: Findings,
): void {
  // A mistyped secret is a secret still.
  const secret = Object.values(schema).some((declared) => declared.sensitive)
  if (secret && value.at) findings.secrets.push(value.at)
  const hint = keyHint(path.at(-1) as string, Object.keys(schema))
  findings.problems.push({ path, message: 'is not a key here', hint, at: key })
}

/** What a key may have meant, and which ones there are. */
export function keyHint(written: string, accepted: readonly string[]): string {
  const near = nearest(written, accepted)
  const list = accepted.length > 0 ? `accepted: ${formatList(accepted)}` : 'there are no settings here'
  return near ? `did you mean "${near}"? ${list}` : list
}

function isSetting(declared: object): declared is SchemaObj {
  return 'default' in declared
}
