/** A metric family of an OpenMetrics text. */
export interface OpenMetricsFamily {
  readonly name: string
  readonly type: string
  readonly unit: string
  readonly help: string
  readonly samples: readonly OpenMetricsSample[]
}

export interface OpenMetricsSample {
  /** With the suffix. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What samples of a type are called behind the name of their family. */
const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  info: ['_info'],
  unknown: [''],
}

interface Draft {
  name: string
  type: string | undefined
  unit: string | undefined
  help: string | undefined
  samples: OpenMetricsSample[]
}

/**
 * Reads OpenMetrics text and takes nothing that the standard does not allow. Narrower than it in what is not made here:
 * no timestamps, no exemplars, a TYPE for each family.
 *
 * @throws with the line that is wrong
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function parseOpenMetrics(bytes: Uint8Array): OpenMetricsFamily[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new Error('the last line does not end')
  if (lines.pop() !== '# EOF') throw new Error('the last line is not # EOF')

  const families: Draft[] = []
  for (const line of lines) {
    try {
      if (line.startsWith('#')) readDescriptor(line, families)
      else readSample(line, families)
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${line}`)
    }
  }
  const taken = new Map<string, string>()
  return families.map((family) => finish(family, taken))
}

function readDescriptor(line: string, families: Draft[]): void {
  const [, keyword, name = '', rest = ''] =
    /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line) ?? []
  if (!keyword) throw new Error('neither a sample nor TYPE, UNIT, HELP or EOF')
  let family = families.at(-1)
  if (family?.name !== name) {
    if (families.some((other) => other.name === name)) throw new Error('a family that has been left already')
    family = { name, type: undefined, unit: undefined, help: undefined, samples: [] }
    families.push(family)
  }
  if (family.samples.length > 0) throw new Error('a description after the samples')
  const key = keyword.toLowerCase() as 'type' | 'unit' | 'help'
  if (family[key] !== undefined) throw new Error(`${keyword} twice`)
  if (key === 'type' && !suffixes[rest]) throw new Error('a type that there is not')
  if (key === 'unit' && !/^[a-zA-Z0-9_:]+$/.test(rest)) throw new Error('not a unit')
  family[key] = key === 'help' ? unescaped(rest) : rest
}

function readSample(line: string, families: Draft[]): void {
  const [, name = '', labels, value = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (\S+)$/s.exec(line) ?? []
  if (name === '') throw new Error('not a sample')
  const family = families.at(-1)
  if (family?.type === undefined) throw new Error('a sample without a TYPE')
  if (!suffixes[family.type]?.some((suffix) => family.name + suffix === name))
    throw new Error(`not a sample of ${family.name}, a ${family.type}`)
  family.samples.push({ name, labels: readLabels(labels ?? ''), value: readNumber(value) })
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\.)*)"(,(?=.)|$)/sy
  while (pair.lastIndex < text.length) {
    const [, name, value] = pair.exec(text) ?? []
    if (name === undefined || value === undefined) throw new Error('not labels')
    if (name in labels) throw new Error(`the label ${name} twice`)
    labels[name] = unescaped(value)
  }
  return labels
}

function unescaped(text: string): string {
  if (/(?<!\\)(?:\\\\)*(?:"|\\[^"\\n]|\\$)/.test(text)) throw new Error('not escaped as it has to be')
  return text.replaceAll(/\\(.)/gs, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
}

function readNumber(text: string): number {
  if (text === 'NaN') return Number.NaN
  if (/^[+-]Inf$/.test(text)) return text === '+Inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw new Error('not a number')
  return Number(text)
}

function finish(family: Draft, taken: Map<string, string>): OpenMetricsFamily {
  const { name, type, unit = '', help = '', samples } = family
  const wrong = (what: string) => new Error(`${name}: ${what}`)
  if (type === undefined) throw wrong('no TYPE')
  if (unit !== '' && !name.endsWith(`_${unit}`)) throw wrong(`the unit ${unit} is not at the end of the name`)
  if (unit !== '' && type === 'info') throw wrong('an info has no unit')
  for (const suffix of ['', ...(suffixes[type] ?? [])]) {
    const other = taken.get(name + suffix)
    if (other !== undefined && other !== name) throw wrong(`${name + suffix} may be of ${other} too`)
    taken.set(name + suffix, name)
  }
  const seen = new Set<string>()
  const left = new Set<string>()
  let current: string | undefined
  for (const sample of samples) {
    const { le, ...others } = sample.labels
    if ((le !== undefined) !== sample.name.endsWith('_bucket'))
      throw wrong('le is for buckets, and all of them')
    const metric = keyOf(others)
    if (metric !== current && left.has(metric)) throw wrong(`the samples of ${metric} are not together`)
    if (current !== undefined && metric !== current) left.add(current)
    current = metric
    const key = `${sample.name}${keyOf(sample.labels)}`
    if (seen.has(key)) throw wrong(`${key} twice`)
    seen.add(key)
    if (type === 'info' && sample.value !== 1) throw wrong('an info that is not 1')
    if (type === 'counter' && !(sample.value >= 0)) throw wrong('a total that is not 0 or more')
  }
  if (type === 'histogram') checkHistogram(samples, wrong)
  return { name, type, unit, help, samples }
}

function checkHistogram(samples: readonly OpenMetricsSample[], wrong: (what: string) => Error): void {
  const byMetric = Map.groupBy(samples, ({ labels: { le, ...others } }) => keyOf(others))
  for (const [metric, own] of byMetric) {
    const buckets = own.filter(({ name }) => name.endsWith('_bucket'))
    const count = own.find(({ name }) => name.endsWith('_count'))?.value
    const bounds = buckets.map(({ labels: { le = '' } }) => le)
    if (bounds.at(-1) !== '+Inf') throw wrong(`${metric} has no last bucket +Inf`)
    for (const bound of bounds)
      if (bound !== '+Inf' && !/[.e]/.test(bound)) throw wrong(`le="${bound}" is not written as a float`)
    for (let i = 0; i < buckets.length; i++) {
      const { value } = buckets[i] as OpenMetricsSample
      if (!Number.isInteger(value)) throw wrong('a bucket that is not whole')
      if (i === 0) continue
      if (!(readNumber(bounds[i - 1] as string) < readNumber(bounds[i] as string)))
        throw wrong('buckets do not rise')
      if (value < (buckets[i - 1] as OpenMetricsSample).value) throw wrong('buckets are not cumulative')
    }
    if (count !== buckets.at(-1)?.value) throw wrong('the count is not that of the last bucket')
  }
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
