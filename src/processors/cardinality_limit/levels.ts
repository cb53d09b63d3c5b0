import type { MetricSeries } from '../../pipeline/metric-series.ts'

/** What one receiver says that there is. */
interface Part {
  /** Of its newest interval. */
  endMs: number
  /** By slot. */
  values: Float64Array
}

/**
 * The values of an up-down counter: what each receiver said in its newest interval, added up. Receivers keep intervals of
 * their own, so what one says of its next replaces nothing that others said.
 */
export class Levels {
  private readonly series: MetricSeries
  /** By PointBatch.origin. */
  private readonly parts = new Map<string | undefined, Part>()

  constructor(series: MetricSeries) {
    this.series = series
    series.onFree((slot) => {
      for (const { values } of this.parts.values()) if (slot < values.length) values[slot] = 0
    })
  }

  /** Call with each batch: another interval than the receiver's last one begins with nothing. */
  turn(origin: string | undefined, endMs: number): void {
    const part = this.partOf(origin)
    if (part.endMs === endMs) return // earlier is another one, too: a clock may be set back
    part.endMs = endMs
    part.values.fill(0)
    this.addUp()
  }

  add(origin: string | undefined, slot: number, value: number, endMs: number): void {
    const part = this.partOf(origin)
    if (slot >= part.values.length) {
      const grown = new Float64Array(2 ** Math.ceil(Math.log2(slot + 1)))
      grown.set(part.values)
      part.values = grown
    }
    part.values[slot] = (part.values[slot] as number) + value
    this.series.add(slot, value, endMs)
  }

  private partOf(origin: string | undefined): Part {
    let part = this.parts.get(origin)
    if (!part) {
      part = { endMs: Number.NaN, values: new Float64Array(16) }
      this.parts.set(origin, part)
    }
    return part
  }

  /** Anew, not by what was taken away: so that rounding leaves nothing behind. */
  private addUp(): void {
    const { series } = this
    series.clear()
    const sums = series.values
    for (const { values } of this.parts.values()) {
      const end = Math.min(series.end, values.length)
      for (let slot = 0; slot < end; slot++) sums[slot] = (sums[slot] as number) + (values[slot] as number)
    }
  }
}
