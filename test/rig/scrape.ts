/**
 * The samples of a Prometheus text by name and sorted labels: `up{a="1",b="2"}`.
 *
 * @throws for a line that is neither a comment nor a sample, and for a series that is there twice
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function samplesOf(scrape: string): Map<string, number> {
  const samples = new Map<string, number>()
  for (const line of scrape.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name, labels, value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (!name) throw new Error(`not a sample: ${line}`)
    const key = keyOf(name, labels ? parseLabels(labels) : {})
    if (samples.has(key)) throw new Error(`twice: ${line}`)
    samples.set(key, Number(value))
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
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
  }
  return labels
}
