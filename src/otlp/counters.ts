import { type MetricName, metricByName } from '../catalogue/metrics.ts'
import type { SeriesStore } from '../pipeline/series-store.ts'

/** What an exporter says of itself, in the metrics netsonde.exporter.*. */
export class ExporterCounters {
  private readonly store: SeriesStore
  private readonly exporter: string
  private readonly now: () => number
  private readonly slots = new Map<string, number>()

  /** @param exporter its id in the configuration */
  constructor(store: SeriesStore, exporter: string, now: () => number) {
    this.store = store
    this.exporter = exporter
    this.now = now
  }

  /** @param rejected those of the points that the receiver did not take */
  accepted(points: number, rejected: number): void {
    this.add('netsonde.exporter.items', 'outcome', 'accepted', points - rejected)
    this.add('netsonde.exporter.items', 'outcome', 'rejected', rejected)
  }

  /**
   * @param type Failure.type
   * @param doubtful points that may have arrived and are sent once more, to be added up
   */
  failed(type: string, points: number, doubtful: number): void {
    this.add('netsonde.exporter.items', 'outcome', 'failed', points - doubtful)
    this.add('netsonde.exporter.items', 'outcome', 'unclear', doubtful)
    this.add('netsonde.exporter.errors', 'error.type', type, 1)
  }

  private add(name: MetricName, attribute: 'outcome' | 'error.type', value: string, more: number): void {
    if (more === 0) return
    const series = this.store.of(metricByName.get(name) as NonNullable<ReturnType<typeof metricByName.get>>)
    const key = `${name} ${value}`
    let slot = this.slots.get(key)
    if (slot === undefined) {
      slot = series.create({ exporter: this.exporter, [attribute]: value }, this.now())
      this.slots.set(key, slot)
    }
    series.add(slot, more, this.now())
  }
}
