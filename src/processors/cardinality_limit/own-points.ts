import type { MetricName } from '../../catalogue/metrics.ts'
import { type Dictionary, PointBatch } from '../../pipeline/point-batch.ts'
import type { Plan } from './plan.ts'

type Reading = (plan: Plan) => number

/** What is told of each metric that has series. A counter is told from when it first counted something. */
const readings: readonly (readonly [name: MetricName, counter: boolean, read: Reading])[] = [
  ['netsonde.series.active', false, ({ series }) => series.size],
  ['netsonde.series.overflowed', true, ({ budget }) => budget.overflowed],
  ['netsonde.series.collapsed', true, ({ budget }) => budget.collapsed],
  ['netsonde.series.unacknowledged', true, ({ series }) => series.unacknowledged],
]

/** What the budgets tell of themselves, as points: when an interval is over, for the interval. */
export class OwnPoints {
  private readonly plans: readonly Plan[]
  private readonly metrics: Dictionary
  private readonly before = new Map<string, Float64Array>()
  private current: { readonly startMs: number; readonly endMs: number } | undefined

  constructor(plans: readonly Plan[]) {
    this.plans = plans
    this.metrics = { value: (id) => plans[id]?.metric.name, lasting: true }
  }

  /** Call with each batch: if it begins an interval, what is to be told of the last one. */
  turn({ startMs, endMs }: PointBatch): PointBatch | undefined {
    if (this.current && endMs <= this.current.endMs) return undefined
    const told = this.end()
    this.current = { startMs, endMs }
    return told
  }

  /** What is to be told of the running interval, which ends. */
  end(): PointBatch | undefined {
    const { current, plans } = this
    this.current = undefined
    if (!current) return undefined
    const rows = [...plans.keys()].filter((id) => isTold(plans[id] as Plan))
    return new PointBatch({
      ...current,
      length: rows.length,
      columns: new Map([['metric', { ids: Uint32Array.from(rows), dictionary: this.metrics }]]),
      values: new Map(readings.map(([name, counter, read]) => [name, this.read(name, counter, read, rows)])),
    })
  }

  private read(name: MetricName, counter: boolean, read: Reading, rows: readonly number[]): Float64Array {
    const now = Float64Array.from(this.plans, read)
    const before = this.before.get(name)
    this.before.set(name, now)
    return Float64Array.from(rows, (id) => {
      const value = now[id] as number
      if (!counter) return value
      return value === 0 ? Number.NaN : value - (before?.[id] ?? 0)
    })
  }
}

/** Not of those that tell: they would be most of what is told. */
const isTold = ({ metric, series }: Plan) =>
  series.size > 0 && !readings.some(([name]) => name === metric.name)
