import type { AttributeName } from '../../src/catalogue/attributes.ts'
import type { MetricName } from '../../src/catalogue/metrics.ts'
import { type AttributeValue, type Column, PointBatch } from '../../src/pipeline/point-batch.ts'

export interface BatchTable {
  readonly startMs?: number
  readonly endMs?: number
  /** One entry per row each; `undefined`: the row does not have the attribute. */
  readonly columns?: Partial<Record<AttributeName, readonly (AttributeValue | undefined)[]>>
  readonly values: Partial<Record<MetricName, readonly number[]>>
}

/** A batch from columns as people write them, with dictionaries of its own. */
export function batchOf({
  startMs = 0,
  endMs = startMs + 5000,
  columns = {},
  values,
}: BatchTable): PointBatch {
  const named = Object.entries(values) as [MetricName, readonly number[]][]
  return new PointBatch({
    startMs,
    endMs,
    length: named[0]?.[1].length ?? 0,
    columns: new Map(
      Object.entries(columns).map(([name, column]) => [name as AttributeName, columnOf(column)] as const),
    ),
    values: new Map(named.map(([name, column]) => [name, Float64Array.from(column)])),
  })
}

function columnOf(values: readonly (AttributeValue | undefined)[]): Column {
  const distinct = [...new Set(values)]
  const last = distinct.length - 1
  return {
    // Numbered backwards, so that no test passes because ids happen to equal rows.
    ids: Uint32Array.from(values, (value) => last - distinct.indexOf(value)),
    dictionary: { value: (id) => distinct[last - id] },
  }
}
