import type { Attribute } from '../../catalogue/attributes.ts'
import { attributeByName } from '../../catalogue/attributes.ts'
import type { Metric, MetricName } from '../../catalogue/metrics.ts'
import type { MetricSeries } from '../../pipeline/metric-series.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import { Budget } from './budget.ts'
import type { GroupedRows } from './grouped-rows.ts'
import { Levels } from './levels.ts'
import type { Values } from './values.ts'

/** What is done with one metric: which attributes its series have, and how many there may be. */
export class Plan {
  readonly metric: Metric & { readonly name: MetricName }
  readonly attributes: readonly Attribute[]
  /** Equal for plans that group rows alike. */
  readonly groupedBy: string
  readonly limit: number
  readonly series: MetricSeries
  readonly budget: Budget
  /** Of an updowncounter only. */
  private readonly levels: Levels | undefined

  /** @param chosen in any order: the series have theirs in the order of the catalogue */
  constructor(
    metric: Metric & { readonly name: MetricName },
    store: SeriesStore,
    chosen: readonly string[],
    limit: number,
    values: Values,
  ) {
    this.metric = metric
    this.attributes = [...metric.attributes, ...metric.optIn]
      .filter((name) => chosen.includes(name))
      .map((name) => attributeByName.get(name) as Attribute)
    this.groupedBy = this.attributes.map(({ name }) => name).join()
    this.limit = limit
    this.series = store.of(metric)
    this.budget = new Budget(this.series, this.attributes, limit, values)
    this.levels = metric.instrument === 'updowncounter' ? new Levels(this.series) : undefined
  }

  /**
   * @param values one per row; NaN: nothing
   * @param nowMs by the clock of the agent
   */
  record(rows: GroupedRows, values: Float64Array, nowMs: number): void {
    const { instrument } = this.metric
    if (instrument === 'histogram') this.observe(rows, values, nowMs)
    else if (instrument === 'gauge') this.replace(rows, values, nowMs)
    else this.add(rows, values, nowMs)
  }

  private add(rows: GroupedRows, values: Float64Array, nowMs: number): void {
    const { series, levels } = this
    const { endMs, origin } = rows
    levels?.turn(origin, endMs)
    const totals = totalsOf(rows, values)
    const slots = this.budget.route(rows, totals, nowMs)
    for (let group = 0; group < slots.length; group++) {
      const slot = slots[group] as number
      if (slot < 0) continue
      if (levels) levels.add(origin, slot, totals[group] as number, endMs)
      else series.add(slot, totals[group] as number, endMs)
    }
  }

  private replace(rows: GroupedRows, values: Float64Array, nowMs: number): void {
    const { series } = this
    const newest = newestOf(rows, values)
    // What a gauge reads says nothing of how much it matters: all weigh the same.
    const present = newest.map((value) => (Number.isNaN(value) ? value : 1))
    const slots = this.budget.route(rows, present, nowMs)
    for (let group = 0; group < slots.length; group++) {
      const slot = slots[group] as number
      if (slot >= 0) series.set(slot, newest[group] as number, rows.endMs)
    }
  }

  private observe(rows: GroupedRows, values: Float64Array, nowMs: number): void {
    const slots = this.budget.route(rows, observationsOf(rows, values), nowMs)
    this.series.observe(slots, rows.groups.ofRow, values, rows.endMs)
  }
}

/** By group, as the two below; NaN: no row of it has a value. */
function totalsOf({ groups: { ofRow, count } }: GroupedRows, values: Float64Array): Float64Array {
  const totals = new Float64Array(count).fill(Number.NaN)
  for (let row = 0; row < ofRow.length; row++) {
    const value = values[row] as number
    if (Number.isNaN(value)) continue
    const group = ofRow[row] as number
    const total = totals[group] as number
    totals[group] = Number.isNaN(total) ? value : total + value
  }
  return totals
}

function observationsOf({ groups: { ofRow, count } }: GroupedRows, values: Float64Array): Float64Array {
  const observations = new Float64Array(count).fill(Number.NaN)
  for (let row = 0; row < ofRow.length; row++) {
    if (Number.isNaN(values[row] as number)) continue
    const group = ofRow[row] as number
    const before = observations[group] as number
    observations[group] = Number.isNaN(before) ? 1 : before + 1
  }
  return observations
}

function newestOf({ groups: { ofRow, count } }: GroupedRows, values: Float64Array): Float64Array {
  const newest = new Float64Array(count).fill(Number.NaN)
  for (let row = 0; row < ofRow.length; row++) {
    const value = values[row] as number
    if (!Number.isNaN(value)) newest[ofRow[row] as number] = value
  }
  return newest
}
