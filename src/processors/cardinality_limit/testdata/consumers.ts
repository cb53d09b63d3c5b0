import type { Cursor } from '../../../pipeline/cursor.ts'
import type { Attributes, MetricSeries } from '../../../pipeline/metric-series.ts'
import type { SeriesStore } from '../../../pipeline/series-store.ts'

/** Adds up amounts by what a test asks of their attributes. */
export class Totals {
  readonly of = new Map<string, number>()
  private readonly among: readonly string[]

  /** @param among attributes: the amounts of each of their values are added up, beside all amounts */
  constructor(among: readonly string[]) {
    this.among = among
  }

  add(attributes: Attributes, amount: number): void {
    if (amount === 0) return
    for (const key of ['all', ...this.among.map((name) => `${name}=${attributes[name]}`)]) {
      this.of.set(key, (this.of.get(key) ?? 0) + amount)
    }
  }
}

/** What a consumer makes of the samples that reach it. */
export interface Consumer {
  /** Takes what the store has now, all of it. */
  take(series: MetricSeries): void
  readonly increases: Totals
  /** What it objects to. */
  readonly objections: string[]
}

const keyOf = (attributes: Attributes) => JSON.stringify(Object.entries(attributes).sort())

/**
 * Reads sums as OTLP's data model says: a stream is its attributes, and a later start time is a new sum, from 0.
 *
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/#resets-and-gaps
 */
export class Cumulative implements Consumer {
  readonly increases: Totals
  readonly objections: string[] = []
  private readonly streams = new Map<string, { startMs: number; value: number; updatedMs: number }>()
  private readonly cursor: Cursor

  constructor(among: readonly string[], cursor: Cursor) {
    this.increases = new Totals(among)
    this.cursor = cursor
  }

  take(series: MetricSeries): void {
    const present = new Set<string>()
    for (let slot = 0; slot < series.end; slot++) {
      if (series.epoch(slot) === 0 || this.cursor.isDone(series.endedAt(slot))) continue
      const { attributes, startMs, updatedMs, value } = series.at(slot)
      const key = keyOf(attributes)
      if (present.has(key)) this.objections.push(`twice: ${key}`)
      present.add(key)
      const last = this.streams.get(key)
      const goesOn = last?.startMs === startMs
      if (goesOn && value < last.value) this.objections.push(`falls: ${key} ${last.value} ${value}`)
      if (last && !goesOn && startMs < last.updatedMs) this.objections.push(`starts before the last: ${key}`)
      this.increases.add(attributes, goesOn ? value - last.value : value)
      this.streams.set(key, { startMs, value, updatedMs })
    }
  }
}

/** Keeps what it sent by (slot, epoch) and takes the differences, as an exporter of deltas does. */
export class Delta implements Consumer {
  readonly increases: Totals
  readonly objections: string[] = []
  private readonly sent = new Map<number, { epoch: number; value: number }>()

  constructor(among: readonly string[]) {
    this.increases = new Totals(among)
  }

  take(series: MetricSeries): void {
    for (let slot = 0; slot < series.end; slot++) {
      const epoch = series.epoch(slot)
      if (epoch === 0) continue
      const last = this.sent.get(slot)
      const value = series.values[slot] as number
      const delta = last?.epoch === epoch ? value - last.value : value
      if (delta < 0) this.objections.push(`falls: slot ${slot} ${delta}`)
      this.increases.add(series.attributes(slot), delta)
      this.sent.set(slot, { epoch, value })
    }
  }
}

/** An exporter: what it reads reaches its consumer, or is refused; then it acknowledges nothing. */
export class Exporter {
  readonly consumer: Consumer
  private readonly store: SeriesStore
  private readonly cursor: Cursor

  constructor(store: SeriesStore, cursor: Cursor, consumer: Consumer) {
    this.store = store
    this.cursor = cursor
    this.consumer = consumer
  }

  export(series: MetricSeries, arrives: boolean): void {
    const { asOf } = this.store
    if (!arrives) return
    this.consumer.take(series)
    this.cursor.acknowledge(asOf)
  }
}
