import type { Metric } from '../../catalogue/metrics.ts'
import { NetsondeError } from '../../errors.ts'
import { labelName, type Named, prometheusBaseName } from './names.ts'

/** What the samples of an instrument are called behind the name of their family, in one format or the other. */
const suffixes: Readonly<Record<Metric['instrument'], readonly string[]>> = {
  counter: ['', '_total', '_created'],
  updowncounter: [''],
  gauge: [''],
  histogram: ['', '_bucket', '_sum', '_count', '_created'],
}

/**
 * Who has which name in a scrape. Two metrics of one name would be one to Prometheus, with whatever the second means,
 * and two labels of one name make it refuse the whole scrape.
 */
export class Names {
  private readonly owners = new Map([
    ['target', 'target_info'],
    ['target_info', 'target_info'],
  ])
  private readonly setting: string

  /** @param setting path of the exporter, for messages */
  constructor(setting: string) {
    this.setting = setting
  }

  /** @throws {NetsondeError} NAME_COLLISION, with both names; the metric has none of its names then */
  add(metric: Named & Pick<Metric, 'attributes' | 'optIn'>): void {
    const base = prometheusBaseName(metric)
    const wanted = suffixes[metric.instrument].map((suffix) => base + suffix)
    for (const name of wanted) {
      const owner = this.owners.get(name)
      if (owner !== undefined)
        throw this.collision(`the metrics ${owner} and ${metric.name} are both ${name}`)
    }
    this.checkLabels(metric)
    for (const name of wanted) this.owners.set(name, metric.name)
  }

  private checkLabels({ name, instrument, attributes, optIn }: Parameters<Names['add']>[0]): void {
    const labels = new Map(instrument === 'histogram' ? [['le', 'the bound of a bucket']] : [])
    for (const attribute of new Set([...attributes, ...optIn])) {
      const label = labelName(attribute)
      const owner = labels.get(label)
      if (owner !== undefined)
        throw this.collision(
          `the attributes ${owner} and ${attribute} of ${name} are both the label ${label}`,
        )
      labels.set(label, attribute)
    }
  }

  private collision(what: string): NetsondeError {
    return new NetsondeError('NAME_COLLISION', `${this.setting}: ${what} in Prometheus; rename one of them`)
  }
}
