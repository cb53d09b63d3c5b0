/** One element of an Accept or Accept-Encoding header, in lower case. */
export interface Preference {
  /** As `text/plain`, `*` or `gzip`. */
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
  /** 0 to 1; 0: not wanted. */
  readonly quality: number
}

/**
 * Reads a header with quality values. What is not understood counts as not there.
 *
 * @see RFC 9110 12.4.2 (quality values), 12.5.1 (Accept), 5.6.6 (parameters)
 */
export function preferences(header: string | undefined): Preference[] {
  return split(header ?? '', ',').flatMap((element) => {
    const [name = '', ...written] = split(element, ';')
    const parameters = new Map<string, string>()
    for (const parameter of written) {
      const [, key, value = ''] = /^([^\s=]+)=(.*)$/.exec(parameter) ?? []
      if (key) parameters.set(key.toLowerCase(), unquoted(value))
    }
    const quality = qualityOf(parameters.get('q'))
    parameters.delete('q')
    return name === '' || quality === undefined ? [] : [{ name: name.toLowerCase(), parameters, quality }]
  })
}

/** What a server can answer with. */
export interface Offer {
  readonly type: string
  readonly version: string
}

/**
 * The offer that is wanted most, and the element of the header that asks for it. Of equals the more exact one wins,
 * then the one that is written first. Nothing where none is acceptable.
 *
 * A `version` has to be equal where it is asked for; other parameters, as Prometheus' `escaping`, do not exclude.
 */
export function choose<O extends Offer>(
  wanted: readonly Preference[],
  offers: readonly O[],
): { readonly offer: O; readonly by: Preference } | undefined {
  const found = offers.flatMap((offer) => {
    // The most exact element speaks for an offer, whatever weight others give to it (RFC 9110 12.5.1).
    const [best] = wanted.filter((range) => matches(range, offer)).sort((a, b) => exactness(b) - exactness(a))
    return best && best.quality > 0 ? [{ offer, by: best }] : []
  })
  const order = (range: Preference) => wanted.indexOf(range)
  return found.sort(
    ({ by: a }, { by: b }) => b.quality - a.quality || exactness(b) - exactness(a) || order(a) - order(b),
  )[0]
}

/** Whether the answer is to be compressed: only for whom gzip is named, and not liked less than none. */
export function wantsGzip(acceptEncoding: string | undefined): boolean {
  const wanted = preferences(acceptEncoding)
  const quality = (...names: string[]) => wanted.find(({ name }) => names.includes(name))?.quality ?? 0
  const gzip = quality('gzip', 'x-gzip')
  return gzip > 0 && gzip >= quality('identity')
}

function matches({ name, parameters }: Preference, { type, version }: Offer): boolean {
  const fits = name === type || name === '*/*' || name === `${type.split('/')[0]}/*`
  return fits && (parameters.get('version') ?? version) === version
}

function exactness({ name, parameters }: Preference): number {
  const type = name === '*/*' ? 0 : name.endsWith('/*') ? 1 : 2
  return type * 2 + (parameters.has('version') ? 1 : 0)
}

function qualityOf(written: string | undefined): number | undefined {
  if (written === undefined) return 1
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(written) ? Number(written) : undefined
}

/** Splits where the separator is not inside quotes; what is empty is left out. */
function split(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let quoted = false
  let from = 0
  for (let i = 0; i <= text.length; i++) {
    if (quoted && text[i] === '\\') i++
    else if (text[i] === '"') quoted = !quoted
    else if (i === text.length || (text[i] === separator && !quoted)) {
      parts.push(text.slice(from, i).trim())
      from = i + 1
    }
  }
  return parts.filter((part) => part !== '')
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.replaceAll(/^"|"$/g, '').replaceAll(/\\(.)/g, '$1') : value
}
