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

/**
 * One attribute of all rows: an id each, looked up in the column's dictionary. Columns that say different things of the
 * same endpoint share their ids (the same array): what is done by ids is then done once for all of them.
 */
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
  /** The receiver that it comes from: set by the graph. Each has intervals of its own. */
  readonly origin?: string
  /** Where the rows have been added up: set by cardinality_limit, read by exporters. */
  readonly store?: SeriesStore
}

/**
 * The one data type between stages: rows of one kind as parallel columns.
 * Every column and every value array has `length` entries. A batch is not changed once it was handed on.
 *
 *     for (const point of batch) if (point.source.address === '10.0.1.7') bytes += point.value('netsonde.flow.io')
 *
 * Hot ways read the columns themselves, by ids, and look each id up once.
 */
export class PointBatch implements Iterable<Point> {
  readonly startMs: number
  readonly endMs: number
  readonly length: number
  readonly columns: ReadonlyMap<AttributeName, Column>
  readonly values: ReadonlyMap<MetricName, Float64Array>
  readonly origin: string | undefined
  readonly store: SeriesStore | undefined

  constructor(parts: BatchParts) {
    this.startMs = parts.startMs
    this.endMs = parts.endMs
    this.length = parts.length
    this.columns = parts.columns
    this.values = parts.values
    this.origin = parts.origin
    this.store = parts.store
  }

  /** Yields one cursor that moves: read from it, do not keep it. Nothing is allocated for a row. */
  [Symbol.iterator](): Iterator<Point> {
    return new Rows(this)
  }

  /** The rows for which `keep` is true, in their order. */
  filter(keep: (point: Point) => boolean): PointBatch {
    const rows = new Uint32Array(this.length)
    let count = 0
    for (const point of this) if (keep(point)) rows[count++] = point.row
    if (count === this.length) return this
    const kept = rows.subarray(0, count)
    const picked = new Map<Column['ids'], Column['ids']>()
    const idsOf = (ids: Column['ids']) => {
      const found = picked.get(ids) ?? pick(ids, kept)
      picked.set(ids, found)
      return found
    }
    return new PointBatch({
      ...this.parts(),
      length: count,
      columns: new Map(
        [...this.columns].map(([name, { ids, dictionary }]) => [name, { ids: idsOf(ids), dictionary }]),
      ),
      values: new Map([...this.values].map(([name, values]) => [name, pick(values, kept)])),
    })
  }

  /** The same rows with further columns; one that is there already is replaced. */
  withColumns(columns: Iterable<readonly [AttributeName, Column]>): PointBatch {
    return new PointBatch({ ...this.parts(), columns: new Map([...this.columns, ...columns]) })
  }

  /** The same rows, marked as a receiver's. */
  withOrigin(origin: string): PointBatch {
    return new PointBatch({ ...this.parts(), origin })
  }

  /** The same rows, marked as added up in `store`. */
  withStore(store: SeriesStore): PointBatch {
    return new PointBatch({ ...this.parts(), store })
  }

  private parts(): BatchParts {
    const { startMs, endMs, length, columns, values, origin, store } = this
    return {
      startMs,
      endMs,
      length,
      columns,
      values,
      ...(origin !== undefined && { origin }),
      ...(store && { store }),
    }
  }
}

/** Itself the result of each step. */
class Rows {
  done = false
  readonly value: Point
  private readonly length: number

  constructor(batch: PointBatch) {
    this.value = new Point(batch)
    this.value.row = -1
    this.length = batch.length
  }

  next(): IteratorResult<Point> {
    this.value.row++
    this.done = this.value.row >= this.length
    return this
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
    this.source = new End(this, batch, 'source')
    this.destination = new End(this, batch, 'destination')
  }

  attribute(name: AttributeName): AttributeValue | undefined {
    return valueIn(this.batch.columns.get(name), this.row)
  }

  /** What the row holds for the metric in this interval; NaN: nothing. */
  value(metric: MetricName): number {
    const values = this.batch.values.get(metric)
    return values ? (values[this.row] as number) : Number.NaN
  }
}

/** One of the two that a row is about. */
class End {
  private readonly point: Point
  private readonly batch: PointBatch
  private readonly side: 'source' | 'destination'
  private readonly addresses: Column | undefined
  private readonly ports: Column | undefined
  private readonly others = new Map<string, Column | undefined>()

  constructor(point: Point, batch: PointBatch, side: 'source' | 'destination') {
    this.point = point
    this.batch = batch
    this.side = side
    this.addresses = batch.columns.get(`${side}.address`)
    this.ports = batch.columns.get(`${side}.port`)
  }

  get address(): AttributeValue | undefined {
    return valueIn(this.addresses, this.point.row)
  }

  get port(): AttributeValue | undefined {
    return valueIn(this.ports, this.point.row)
  }

  /** An attribute of this end without its side: `k8s.namespace.name` is `source.k8s.namespace.name` of a source. */
  attribute(name: string): AttributeValue | undefined {
    if (!this.others.has(name))
      this.others.set(name, this.batch.columns.get(`${this.side}.${name}` as AttributeName))
    return valueIn(this.others.get(name), this.point.row)
  }
}

function valueIn(column: Column | undefined, row: number): AttributeValue | undefined {
  return column?.dictionary.value(column.ids[row] as number)
}

function pick<T extends Column['ids'] | Float64Array>(from: T, rows: Uint32Array): T {
  const to = new (from.constructor as new (length: number) => T)(rows.length)
  for (let i = 0; i < rows.length; i++) to[i] = from[rows[i] as number] as number
  return to
}
