import type { Attributes, MetricSeries } from '../../pipeline/metric-series.ts'
import type { Family } from './family.ts'

/** The series of one metric at one moment: nothing that comes later is seen in it. */
export interface Rows {
  readonly family: Family
  readonly length: number
  /** What is written of row `i` before its value. */
  labels(row: number): string
  readonly values: Float64Array
  /** Of a histogram: of row i, at i * stride. */
  readonly counts: Float64Array
  readonly stride: number
}

/** Keeps what Family.labels makes of a series for as long as the series exists. */
export class LabelCache {
  readonly family: Family
  private readonly series: MetricSeries
  private readonly texts: (string | undefined)[] = []
  /** By slot; rise with each series that comes into it. */
  private readonly epochs: number[] = []

  constructor(series: MetricSeries, family: Family) {
    this.series = series
    this.family = family
    series.onFree((slot) => {
      if (slot < this.texts.length) this.texts[slot] = undefined
    })
  }

  /** Keeps nothing any more. The store, which may live longer, knows this cache until its own end. */
  clear(): void {
    this.texts.length = 0
    this.epochs.length = 0
  }

  /**
   * All series that are there now. Takes no longer than copying columns.
   *
   * @param isDone whether one that ended has been delivered since, as Cursor.isDone: it is left out
   */
  copy(isDone: (endedAt: number) => boolean): Rows {
    const { series } = this
    const { end, stride, values: from } = series
    const slots = new Uint32Array(end)
    const values = new Float64Array(end)
    // Labels that are not made yet are made when the row is written: that takes longer than all the rest.
    const labels: (string | Attributes)[] = new Array(end)
    const epochs = new Float64Array(end)
    let length = 0
    for (let slot = 0; slot < end; slot++) {
      const epoch = series.epoch(slot)
      if (epoch === 0 || isDone(series.endedAt(slot))) continue
      slots[length] = slot
      epochs[length] = epoch
      values[length] = from[slot] as number
      labels[length] = this.cached(slot, epoch) ?? series.attributes(slot)
      length++
    }
    return {
      family: this.family,
      length,
      values,
      counts: countsOf(series, slots, length),
      stride,
      labels: (row) => {
        const known = labels[row] as string | Attributes
        if (typeof known === 'string') return known
        const text = this.make(slots[row] as number, epochs[row] as number, known)
        labels[row] = text
        return text
      },
    }
  }

  private cached(slot: number, epoch: number): string | undefined {
    return this.epochs[slot] === epoch ? this.texts[slot] : undefined
  }

  /** Two scrapes at once make it once. */
  private make(slot: number, epoch: number, attributes: Attributes): string {
    const known = this.cached(slot, epoch)
    if (known !== undefined) return known
    const text = this.family.labels(attributes)
    // The series may have gone since the copy, and its slot may be another's by now.
    if (this.series.epoch(slot) === epoch) {
      this.texts[slot] = text
      this.epochs[slot] = epoch
    }
    return text
  }
}

function countsOf({ counts, stride }: MetricSeries, slots: Uint32Array, length: number): Float64Array {
  const copy = new Float64Array(length * stride)
  if (stride === 0) return copy
  for (let row = 0; row < length; row++) {
    const slot = slots[row] as number
    copy.set(counts.subarray(slot * stride, (slot + 1) * stride), row * stride)
  }
  return copy
}
