import { MetricSeries } from '../pipeline/metric-series.ts'

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
  private readonly parts: readonly MetricSeries[]
  private readonly seen: Map<number, Contribution>[]
  private readonly slots = new Map<string, { readonly slot: number; parts: number }>()

  /** @param parts of the same metric */
  constructor(parts: readonly [MetricSeries, ...MetricSeries[]]) {
    this.parts = parts
    this.series = new MetricSeries(parts[0].metric)
    this.seen = parts.map(() => new Map())
  }

  isOf(parts: readonly MetricSeries[]): boolean {
    return parts.length === this.parts.length && parts.every((part, i) => part === this.parts[i])
  }

  refresh(): void {
    for (const [i, part] of this.parts.entries()) {
      const seen = this.seen[i] as Map<number, Contribution>
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
    } else {
      this.slots.set(key, { slot: this.series.create({ ...attributes }, startMs), parts: 1 })
    }
    return { epoch: part.epoch(from), key, value: 0, counts: new Float64Array(part.stride) }
  }

  private leave({ key, value }: Contribution): void {
    const found = this.slots.get(key) as { slot: number; parts: number }
    const { series } = this
    const updatedMs = series.updatedMs[found.slot] as number
    if (series.metric.instrument === 'updowncounter') series.add(found.slot, -value, updatedMs)
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
    series.add(slot, value - contribution.value, newestMs)
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
