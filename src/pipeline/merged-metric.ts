import { MetricSeries } from './metric-series.ts'

/** What one part has contributed so far, by its slot. */
interface Contribution {
  readonly epoch: number
  readonly key: string
  value: number
  counts: Float64Array
}

/**
 * One metric of several pipelines as series of its own: the same series may be in each, and no receiver takes it twice.
 * Sums take over what each part has gained since the last time, so that they do not fall where a series ends in one part
 * and goes on in another. Of gauges the newest counts.
 */
export class MergedMetric {
  readonly series: MetricSeries
  /** What each part has contributed, by its slot. */
  private readonly parts = new Map<MetricSeries, Map<number, Contribution>>()
  /** Slots of the series that are new since the last time. */
  private readonly begun = new Set<number>()
  private readonly slots = new Map<string, { readonly slot: number; parts: number }>()

  /** @param parts of the same metric */
  constructor(parts: readonly [MetricSeries, ...MetricSeries[]]) {
    this.series = new MetricSeries(parts[0].metric)
    for (const part of parts) this.add(part)
  }

  has(part: MetricSeries): boolean {
    return this.parts.has(part)
  }

  /** One more part of the same metric; nothing happens where it is one already. */
  add(part: MetricSeries): void {
    if (!this.has(part)) this.parts.set(part, new Map())
  }

  refresh(): void {
    this.begun.clear()
    if (this.series.metric.instrument === 'updowncounter') this.series.clear() // what there is now, of all parts
    for (const [part, seen] of this.parts) {
      for (const [slot, contribution] of seen) {
        if (part.epoch(slot) === contribution.epoch) continue
        this.leave(contribution)
        seen.delete(slot)
      }
      for (let slot = 0; slot < part.end; slot++) {
        if (part.epoch(slot) === 0) continue
        let contribution = seen.get(slot)
        if (!contribution) {
          contribution = this.enter(part, slot)
          seen.set(slot, contribution)
        }
        this.take(part, slot, contribution)
      }
    }
    this.series.release(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  }

  private enter(part: MetricSeries, from: number): Contribution {
    const attributes = part.attributes(from)
    const key = JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
    const startMs = part.startMs[from] as number
    const found = this.slots.get(key)
    if (found) {
      found.parts++
      // A start that was told stays: an earlier one would be read as another sum.
      const starts = this.series.startMs
      if (this.begun.has(found.slot)) starts[found.slot] = Math.min(starts[found.slot] as number, startMs)
    } else {
      const slot = this.series.create({ ...attributes }, startMs)
      this.begun.add(slot)
      this.slots.set(key, { slot, parts: 1 })
    }
    return { epoch: part.epoch(from), key, value: 0, counts: new Float64Array(part.stride) }
  }

  private leave({ key }: Contribution): void {
    const found = this.slots.get(key) as { slot: number; parts: number }
    const { series } = this
    const updatedMs = series.updatedMs[found.slot] as number
    if (--found.parts > 0) return
    series.finish(found.slot, updatedMs)
    this.slots.delete(key)
  }

  private take(part: MetricSeries, from: number, contribution: Contribution): void {
    const { series } = this
    const { slot } = this.slots.get(contribution.key) as { slot: number }
    const [value, updatedMs] = [part.values[from] as number, part.updatedMs[from] as number]
    const newestMs = Math.max(updatedMs, series.updatedMs[slot] as number)
    if (series.metric.instrument === 'gauge') {
      if (updatedMs === newestMs) series.set(slot, value, updatedMs)
      return
    }
    if (series.metric.instrument === 'updowncounter') {
      series.add(slot, value, newestMs)
      return
    }
    series.add(slot, value === contribution.value ? 0 : value - contribution.value, newestMs) // Infinity, too
    contribution.value = value
    const { stride } = part
    for (let bucket = 0; bucket < stride; bucket++) {
      const count = part.counts[from * stride + bucket] as number
      const at = slot * stride + bucket
      series.counts[at] = (series.counts[at] as number) + count - (contribution.counts[bucket] as number)
      contribution.counts[bucket] = count
    }
  }
}
