import { metrics } from '../../catalogue/metrics.ts'
import type { Consumer, Processor, Settings } from '../../pipeline/component.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import { SeriesStore } from '../../pipeline/series-store.ts'
import type { CardinalityLimitConfig } from './config.ts'
import { GroupedRows } from './grouped-rows.ts'
import { OwnPoints } from './own-points.ts'
import { Plan } from './plan.ts'
import { Translations } from './translation.ts'
import { Values } from './values.ts'

/** How often series that nothing was put into are looked for: a tenth of max_stale, within these. */
const SWEEP_MS = { min: 1000, max: 60_000 }

/**
 * Adds up the rows of each batch into the series of its pipeline, by the attributes chosen for each metric, and holds
 * the budget of each.
 *
 * @param next gets the same rows, marked with the store that they were added up in.
 */
export function createCardinalityLimit(
  config: CardinalityLimitConfig,
  settings: Settings,
  next: Consumer,
): Processor {
  const store = new SeriesStore()
  const values = new Values()
  const translations = new Translations(values)
  const plans = metrics.flatMap((metric) => {
    const { enabled = true, attributes, limit } = config.metrics[metric.name] ?? {}
    if (!enabled) return []
    return [new Plan(metric, store, attributes ?? metric.attributes, limit ?? config.default_limit, values)]
  })
  const own = new OwnPoints(plans)
  const told = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let sweptMs = Number.NEGATIVE_INFINITY

  function record(batch: PointBatch): void {
    translations.begin()
    const grouped = new Map<string, GroupedRows>()
    for (const plan of plans) {
      const column = batch.values.get(plan.metric.name)
      if (!column) continue
      const rows = grouped.get(plan.groupedBy) ?? new GroupedRows(batch, plan.attributes, translations)
      grouped.set(plan.groupedBy, rows)
      plan.record(rows, column, settings.now())
      tell(plan)
    }
  }

  function sweep(): void {
    const nowMs = settings.now()
    if (config.max_stale > 0 && nowMs - sweptMs >= Math.min(config.max_stale, SWEEP_MS.min)) {
      sweptMs = nowMs
      for (const { budget } of plans) budget.expire(nowMs - config.max_stale, nowMs)
    }
    store.release(nowMs, config.max_unacknowledged)
  }

  function tell({ metric, limit, budget }: Plan): void {
    const setting = `processors::${settings.id}::metrics::${metric.name}::limit`
    const once = (message: string) => {
      if (told.has(metric.name + message)) return
      told.add(metric.name + message)
      settings.log.warn(message, { metric: metric.name, limit, setting })
    }
    if (budget.overflowed > 0)
      once('limit of series reached: the heaviest keep theirs, the rest is counted in `other` series')
    if (budget.collapsed > 0)
      once('too many `other` series: some of them read `other` for attributes that they would keep')
  }

  return {
    async start() {
      if (config.max_stale === 0) return
      const everyMs = Math.min(SWEEP_MS.max, Math.max(SWEEP_MS.min, config.max_stale / 10))
      timer = setInterval(sweep, everyMs).unref() // for when no batch comes
    },

    consume(batch) {
      sweep()
      const before = own.turn(batch)
      if (before) record(before)
      record(batch)
      return next.consume(batch.withStore(store))
    },

    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      const last = own.end()
      if (last) record(last)
    },
  }
}
