import type { Metric, MetricName } from '../catalogue/metrics.ts'
import { Cursor } from './cursor.ts'
import { type Marks, MetricSeries } from './metric-series.ts'

/**
 * The series of one pipeline, by metric. Written by cardinality_limit, read by every exporter.
 *
 * Sums are cumulative, so nothing has to be queued: an exporter reads what is there, and what did not arrive is in
 * the next one too. For delta it keeps what arrived last by (slot, epoch). A series that ended stays, with its last
 * value, until every cursor has acknowledged it.
 */
export class SeriesStore {
  private readonly byMetric = new Map<string, MetricSeries>()
  private readonly cursors = new Set<Cursor>()
  private readonly marks: Marks = { asOf: 0, epoch: 0 }

  /** The series of a metric; made when it is first asked for. */
  of(metric: Metric & { readonly name: MetricName }): MetricSeries {
    let found = this.byMetric.get(metric.name)
    if (!found) {
      found = new MetricSeries(metric, this.marks)
      this.byMetric.set(metric.name, found)
    }
    return found
  }

  /** The metrics that were asked for, with their series; those without series too. */
  [Symbol.iterator](): Iterator<MetricSeries> {
    return this.byMetric.values()
  }

  /** Where the store is: to be read before the values, and acknowledged when they have arrived. Never falls. */
  get asOf(): number {
    return this.marks.asOf
  }

  /** For an exporter, one, from the first batch on until it is disposed: so long nothing goes without it. */
  cursor(): Cursor {
    return new Cursor(this.cursors)
  }

  /**
   * Frees the slots of series that ended and that every cursor has acknowledged. Without cursors nobody is waited for.
   *
   * @param nowMs since the epoch
   * @param maxAgeMs after which an ended series goes even so, and is counted in MetricSeries.unacknowledged
   */
  release(nowMs: number, maxAgeMs: number): void {
    let acknowledged = Number.POSITIVE_INFINITY
    for (const cursor of this.cursors) acknowledged = Math.min(acknowledged, cursor.acknowledged)
    for (const series of this.byMetric.values()) series.release(acknowledged, nowMs - maxAgeMs)
  }
}
