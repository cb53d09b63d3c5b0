import type { SchemaObj } from 'convict'
import { formatDefault } from '../src/config/format-default.ts'
import { table } from './markdown.ts'

const BEGIN = '<!-- settings: made from config.ts by `npm run generate` -->'
const END = '<!-- end of settings -->'

/**
 * A component's README with its table of settings made anew, between two comments that are there already.
 *
 * @returns the page as it was where it has no place for a table
 */
export function withSettings(page: string, schema: object): string {
  const [before, rest] = split(page, BEGIN)
  const [, after] = split(rest ?? '', END)
  return after === undefined ? page : `${before}${BEGIN}\n\n${tableOf(schema)}\n\n${END}${after}`
}

/** At the first place of `mark`; nothing after it where it is not there. */
function split(text: string, mark: string): [before: string, after: string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)]
}

function tableOf(schema: object): string {
  const rows = settingsIn(schema).map(([path, setting]) => {
    const standard = formatDefault(setting, '')
    return [`\`${path}\``, kindOf(setting), standard && `\`${standard}\``, setting.doc ?? '']
  })
  return table([['Setting', 'Is', 'Default', ''], ...rows])
}

/** What a value of the setting looks like. */
function kindOf(setting: SchemaObj): string {
  const { format, min, unit } = setting
  if (Array.isArray(format)) return format.map((choice) => `\`${choice}\``).join(', ')
  const kinds: Record<string, string> = {
    duration: 'duration, as `5s`',
    endpoint: '`host:port`',
    globs: 'list of globs',
    names: 'list of names',
    whole: `whole number${unit ? ` of ${unit}` : ''}`,
    number: 'number',
    flag: '`true` or `false`',
    text: 'text',
    strings: 'map of texts',
    map: 'map',
  }
  const ofOurOwn = Array.isArray(setting.default) ? 'list' : 'map'
  const kind = typeof format === 'function' ? ofOurOwn : (kinds[String(format)] ?? String(format))
  return min === undefined ? kind : `${kind}; ${min} or more`
}

/** All settings by their path, groups and maps opened. */
export function settingsIn(schema: object, path = ''): [path: string, setting: SchemaObj][] {
  return Object.entries(schema).flatMap(([name, value]: [string, object]): [string, SchemaObj][] => {
    if (!('default' in value)) return settingsIn(value, `${path}${name}::`)
    const inside = 'of' in value ? settingsIn(value.of as object, `${path}${name}::NAME::`) : []
    return [[path + name, value as SchemaObj], ...inside]
  })
}
