import type { Attribute } from '../../catalogue/attributes.ts'
import type { MetricSeries } from '../../pipeline/metric-series.ts'
import type { AttributeValue } from '../../pipeline/point-batch.ts'

/** How many `other` series a metric may have beside its limit. */
export const RESERVE = 100

const OTHER = 'other'

export type Values = readonly (AttributeValue | undefined)[]

/**
 * Hands out the series of one metric, never more than limit + RESERVE.
 *
 * First come, first served: over the limit a new set of values goes to an `other` series, which keeps
 * the values of bounded attributes. Where even those are too many, one last series takes the rest.
 */
export class Budget {
  private readonly series: MetricSeries
  private readonly attributes: readonly Attribute[]
  private readonly limit: number
  private readonly slots = new Map<string, number>()
  private exact = 0
  private others = 0

  constructor(series: MetricSeries, attributes: readonly Attribute[], limit: number) {
    this.series = series
    this.attributes = attributes
    this.limit = limit
  }

  /** Whether something had to go to an `other` series. */
  get exceeded(): boolean {
    return this.others > 0
  }

  /**
   * @param values one for each attribute, in their order; `undefined` and '' are left out of the series
   * @param startMs what a new series starts with
   * @returns its slot
   */
  seriesOf(values: Values, startMs: number): number {
    const key = keyOf(values)
    const found = this.slots.get(key)
    if (found !== undefined) return found
    if (this.exact < this.limit) {
      this.exact++
      return this.make(key, values, startMs)
    }
    return this.otherOf(values, startMs)
  }

  private otherOf(values: Values, startMs: number): number {
    const kept = values.map((value, i) => (this.attributes[i]?.bounded ? value : OTHER))
    const last = values.map(() => OTHER)
    const key = keyOf(kept)
    const found = this.slots.get(key)
    if (found !== undefined) return found
    if (this.others < RESERVE - 1) {
      this.others++
      return this.make(key, kept, startMs)
    }
    const lastKey = keyOf(last)
    const rest = this.slots.get(lastKey)
    if (rest !== undefined) return rest
    this.others++
    return this.make(lastKey, last, startMs)
  }

  private make(key: string, values: Values, startMs: number): number {
    const slot = this.series.create(this.named(values), startMs)
    this.slots.set(key, slot)
    return slot
  }

  private named(values: Values): Record<string, AttributeValue> {
    const named: Record<string, AttributeValue> = {}
    this.attributes.forEach(({ name }, i) => {
      const value = values[i]
      if (value !== undefined && value !== '') named[name] = value
    })
    return named
  }
}

/**
 * Equal for two series that a consumer could not tell apart: to Prometheus 443 is "443",
 * and an empty label is an absent one.
 */
function keyOf(values: Values): string {
  return JSON.stringify(values.map((value) => (value === undefined ? '' : String(value))))
}
