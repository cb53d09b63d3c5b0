import type { AttributeName } from '../catalogue/attributes.ts'
import type { MetricName } from '../catalogue/metrics.ts'
import type { SeriesStore } from './series-store.ts'

export type AttributeValue = string | number

/** What the ids of a column stand for. Ids are dense and belong to one dictionary only. */
export interface Dictionary {
  /** `undefined`: this row does not have the attribute. */
  value(id: number): AttributeValue | undefined
  /** An id keeps its value for good: it need be looked up only once. */
  readonly lasting?: boolean
}

/** One attribute of all rows: an id each, looked up in the column's dictionary. */
export interface Column {
  readonly ids: Uint8Array | Uint16Array | Uint32Array
  readonly dictionary: Dictionary
}

export interface BatchParts {
  /** The interval that the values belong to, in milliseconds since the epoch. */
  readonly startMs: number
  readonly endMs: number
  readonly length: number
  readonly columns: ReadonlyMap<AttributeName, Column>
  /** What each row has for the metric in the interval, by its instrument (catalogue/metrics.ts); NaN: nothing. */
  readonly values: ReadonlyMap<MetricName, Float64Array>
  /** Where the rows have been added up: set by cardinality_limit, read by exporters. */
  readonly store?: SeriesStore
}

/**
 * The one data type between stages: rows of one kind as parallel columns.
 * Every column and every value array has `length` entries. A batch is not changed once it was handed on.
 */
export class PointBatch implements Iterable<Point> {
  readonly startMs: number
  readonly endMs: number
  readonly length: number
  readonly columns: ReadonlyMap<AttributeName, Column>
  readonly values: ReadonlyMap<MetricName, Float64Array>
  readonly store: SeriesStore | undefined

  constructor(parts: BatchParts) {
    this.startMs = parts.startMs
    this.endMs = parts.endMs
    this.length = parts.length
    this.columns = parts.columns
    this.values = parts.values
    this.store = parts.store
  }

  /** Yields one cursor that moves: read from it, do not keep it. */
  *[Symbol.iterator](): Generator<Point> {
    const point = new Point(this)
    for (let row = 0; row < this.length; row++) {
      point.row = row
      yield point
    }
  }

  /** The rows for which `keep` is true, in their order. */
  filter(keep: (point: Point) => boolean): PointBatch {
    const kept: number[] = []
    for (const point of this) if (keep(point)) kept.push(point.row)
    if (kept.length === this.length) return this
    return new PointBatch({
      ...this.parts(),
      length: kept.length,
      columns: new Map(
        [...this.columns].map(([name, { ids, dictionary }]) => [name, { ids: pick(ids, kept), dictionary }]),
      ),
      values: new Map([...this.values].map(([name, values]) => [name, pick(values, kept)])),
    })
  }

  /** The same rows, marked as added up in `store`. */
  withStore(store: SeriesStore): PointBatch {
    return new PointBatch({ ...this.parts(), store })
  }

  private parts(): BatchParts {
    const { startMs, endMs, length, columns, values, store } = this
    return { startMs, endMs, length, columns, values, ...(store && { store }) }
  }
}

/** A row of a batch, as a plain object would read. */
export class Point {
  row = 0
  readonly source: End
  readonly destination: End
  private readonly batch: PointBatch

  constructor(batch: PointBatch) {
    this.batch = batch
    this.source = new End(this, 'source')
    this.destination = new End(this, 'destination')
  }

  attribute(name: AttributeName): AttributeValue | undefined {
    const column = this.batch.columns.get(name)
    return column?.dictionary.value(column.ids[this.row] as number)
  }

  /** What the row holds for the metric in this interval; NaN: nothing. */
  value(metric: MetricName): number {
    return this.batch.values.get(metric)?.[this.row] ?? Number.NaN
  }
}

class End {
  private readonly point: Point
  private readonly side: 'source' | 'destination'

  constructor(point: Point, side: 'source' | 'destination') {
    this.point = point
    this.side = side
  }
  get address() {
    return this.point.attribute(`${this.side}.address`)
  }
  get port() {
    return this.point.attribute(`${this.side}.port`)
  }
}

function pick<T extends Column['ids'] | Float64Array>(from: T, rows: readonly number[]): T {
  const to = new (from.constructor as new (length: number) => T)(rows.length)
  for (let i = 0; i < rows.length; i++) to[i] = from[rows[i] as number] as number
  return to
}
