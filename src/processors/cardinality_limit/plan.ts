import type { Attribute, AttributeName } from '../../catalogue/attributes.ts'
import { attributeByName } from '../../catalogue/attributes.ts'
import type { Metric, MetricName } from '../../catalogue/metrics.ts'
import type { MetricSeries } from '../../pipeline/metric-series.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import { Budget, type Values } from './budget.ts'
import { type Groups, groupRows } from './groups.ts'

/** What is done with one metric: which attributes its series have, and how many there may be. */
export class Plan {
  readonly metric: Metric & { readonly name: MetricName }
  readonly attributes: readonly Attribute[]
  /** Equal for plans that group rows alike. */
  readonly groupedBy: string
  readonly limit: number
  readonly budget: Budget
  private readonly series: MetricSeries
  private latestMs = Number.NEGATIVE_INFINITY

  /** @param chosen in any order: the series have theirs in the order of the catalogue */
  constructor(
    metric: Metric & { readonly name: MetricName },
    store: SeriesStore,
    chosen: readonly string[],
    limit: number,
  ) {
    this.metric = metric
    this.attributes = [...metric.attributes, ...metric.optIn]
      .filter((name) => chosen.includes(name))
      .map((name) => attributeByName.get(name) as Attribute)
    this.groupedBy = this.attributes.map(({ name }) => name).join()
    this.limit = limit
    this.series = store.of(metric)
    this.budget = new Budget(this.series, this.attributes, limit)
  }

  /** @param values one per row; NaN: nothing */
  record(rows: GroupedRows, values: Float64Array): void {
    const { series } = this
    const { instrument } = this.metric
    const { startMs, endMs } = rows
    if (instrument === 'updowncounter' && endMs > this.latestMs) series.clear()
    this.latestMs = Math.max(this.latestMs, endMs)
    const slots = new Int32Array(rows.groups.count).fill(-1)
    const { ofRow } = rows.groups
    for (let row = 0; row < ofRow.length; row++) {
      const value = values[row] as number
      if (Number.isNaN(value)) continue
      const group = ofRow[row] as number
      let slot = slots[group] as number
      if (slot < 0) {
        slot = this.budget.seriesOf(rows.valuesOf(group), startMs)
        slots[group] = slot
      }
      if (instrument === 'histogram') series.observe(slot, value, endMs)
      else if (instrument === 'gauge') series.set(slot, value, endMs)
      else series.add(slot, value, endMs)
    }
  }
}

/** The rows of one batch, grouped by some attributes: made once for all metrics that share them. */
export class GroupedRows {
  readonly groups: Groups
  readonly startMs: number
  readonly endMs: number
  private readonly columns: readonly ReturnType<PointBatch['columns']['get']>[]

  /** @param attributes a batch without a column for one of them has rows without it */
  constructor(batch: PointBatch, attributes: readonly Attribute[]) {
    this.columns = attributes.map(({ name }) => batch.columns.get(name as AttributeName))
    this.groups = groupRows(
      batch.length,
      this.columns.flatMap((column) => (column ? [column.ids] : [])),
    )
    this.startMs = batch.startMs
    this.endMs = batch.endMs
  }

  /** The values that the rows of a group have in common, in the order of the attributes. */
  valuesOf(group: number): Values {
    const row = this.groups.firstRow[group] as number
    return this.columns.map((column) => column?.dictionary.value(column.ids[row] as number))
  }
}
