/** One sample of Prometheus text. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * The samples of a Prometheus text.
 *
 * @throws for a line that is neither a comment nor a sample
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parseScrape(scrape: string): Sample[] {
  return scrape
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels, value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/s.exec(line) ?? []
      if (!name) throw new Error(`not a sample: ${line}`)
      return {
        name,
        labels: labels ? parseLabels(labels) : {},
        value: Number(value?.replace('Inf', 'Infinity')),
      }
    })
}

/** The sum over all series of a metric that have the labels. */
export function sum(samples: readonly Sample[], name: string, labels: Record<string, string> = {}): number {
  return samples
    .filter(
      (each) =>
        each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value),
    )
    .reduce((total, { value }) => total + value, 0)
}

/**
 * The samples of a Prometheus text by name and sorted labels: `up{a="1",b="2"}`.
 *
 * @throws as parseScrape, and for a series that is there twice
 */
export function samplesOf(scrape: string): Map<string, number> {
  const samples = new Map<string, number>()
  for (const { name, labels, value } of parseScrape(scrape)) {
    const key = keyOf(name, labels)
    if (samples.has(key)) throw new Error(`twice: ${key}`)
    samples.set(key, value)
  }
  return samples
}

/** @param name as it is to be called */
export function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${name}${JSON.stringify(Object.fromEntries(pairs))}`
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  const pair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y
  while (pair.lastIndex < text.length) {
    const [, name, value] = pair.exec(text) ?? []
    if (name === undefined || value === undefined) throw new Error(`not labels: ${text}`)
    labels[name] = value.replaceAll(/\\(.)/gs, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
  }
  return labels
}
