import { metrics } from '../../catalogue/metrics.ts'
import type { Consumer, Processor, Settings } from '../../pipeline/component.ts'
import { SeriesStore } from '../../pipeline/series-store.ts'
import type { CardinalityLimitConfig } from './config.ts'
import { GroupedRows, Plan } from './plan.ts'

/**
 * Adds up the rows of each batch into the series of its pipeline, by the attributes chosen for each metric.
 *
 * @param next gets the same rows, marked with the store that they were added up in.
 */
export function createCardinalityLimit(
  config: CardinalityLimitConfig,
  settings: Settings,
  next: Consumer,
): Processor {
  const store = new SeriesStore()
  const plans = metrics.flatMap((metric) => {
    const { enabled = true, attributes, limit } = config.metrics[metric.name] ?? {}
    if (!enabled) return []
    return [new Plan(metric, store, attributes ?? metric.attributes, limit ?? config.default_limit)]
  })

  return {
    async start() {},

    consume(batch) {
      const grouped = new Map<string, GroupedRows>()
      for (const plan of plans) {
        const values = batch.values.get(plan.metric.name)
        if (!values) continue
        const rows = grouped.get(plan.groupedBy) ?? new GroupedRows(batch, plan.attributes)
        grouped.set(plan.groupedBy, rows)

        const fitted = !plan.budget.exceeded
        plan.record(rows, values)
        if (fitted && plan.budget.exceeded) tellLimit(plan)
      }
      return next.consume(batch.withStore(store))
    },

    async [Symbol.asyncDispose]() {}, // holds nothing that has not been handed on
  }

  function tellLimit({ metric, limit }: Plan): void {
    settings.log.warn('limit of series reached: what is new from here on is counted in `other` series', {
      metric: metric.name,
      limit,
      setting: `processors::${settings.id}::metrics::${metric.name}::limit`,
    })
  }
}
