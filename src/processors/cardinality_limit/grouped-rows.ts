import type { Attribute, AttributeName } from '../../catalogue/attributes.ts'
import type { PointBatch } from '../../pipeline/point-batch.ts'
import { type Groups, groupRows, type Ids } from './groups.ts'
import type { Translation, Translations } from './translation.ts'
import { hashTuple } from './tuples.ts'
import { NONE, UNKNOWN } from './values.ts'

interface Column {
  readonly ids: Ids
  readonly translation: Translation
}

/**
 * The rows of one batch, grouped by some attributes: made once for all metrics that share them. A group has a tuple of
 * numbers of Values, one for each attribute in their order.
 */
export class GroupedRows {
  readonly groups: Groups
  readonly startMs: number
  readonly endMs: number
  /** As the batch's. */
  readonly origin: string | undefined
  /** The tuple of group g begins at g * width. Only where `known`. */
  readonly tuples: Uint32Array
  readonly hashes: Uint32Array
  readonly width: number
  /** By group: 1 where each value has a number. Where not, no series has such values. */
  readonly known: Uint8Array
  private readonly columns: readonly (Column | undefined)[]
  private readonly attributes: readonly Attribute[]
  private coarse: Groups | undefined

  /** @param attributes a batch without a column for one of them has rows without it */
  constructor(batch: PointBatch, attributes: readonly Attribute[], translations: Translations) {
    this.attributes = attributes
    this.columns = attributes.map(({ name }) => {
      const column = batch.columns.get(name as AttributeName)
      return column && { ids: column.ids, translation: translations.of(column.dictionary) }
    })
    this.groups = groupRows(
      batch.length,
      this.columns.flatMap((column) => (column ? [column.ids] : [])),
    )
    this.startMs = batch.startMs
    this.endMs = batch.endMs
    this.origin = batch.origin
    this.width = attributes.length
    const { count } = this.groups
    this.tuples = new Uint32Array(count * this.width)
    this.hashes = new Uint32Array(count)
    this.known = new Uint8Array(count).fill(1)
    for (const [i, column] of this.columns.entries()) this.translate(i, column)
    for (let group = 0; group < count; group++) {
      if (this.known[group] === 1) this.hashes[group] = hashTuple(this.tuples, group * this.width, this.width)
    }
  }

  /** The groups put together by bounded attributes alone: what `other` series are told apart by. Rows are groups. */
  get byBounded(): Groups {
    this.coarse ??= groupRows(
      this.groups.count,
      this.columns.flatMap((column, i) =>
        column && this.attributes[i]?.bounded ? [pick(column.ids, this.groups.firstRow)] : [],
      ),
    )
    return this.coarse
  }

  /** A group's number for one attribute, or UNKNOWN. */
  valueOf(group: number, attribute: number): number {
    const column = this.columns[attribute]
    return column ? column.translation.find(this.idOf(column, group)) : NONE
  }

  /** The same, which is given a number if it has none. */
  internOf(group: number, attribute: number): number {
    const column = this.columns[attribute]
    return column ? column.translation.intern(this.idOf(column, group)) : NONE
  }

  private translate(attribute: number, column: Column | undefined): void {
    const { tuples, width, known } = this
    for (let group = 0; group < known.length; group++) {
      if (known[group] === 0) continue
      const value = column ? column.translation.find(this.idOf(column, group)) : NONE
      if (value === UNKNOWN) known[group] = 0
      else tuples[group * width + attribute] = value
    }
  }

  private idOf({ ids }: Column, group: number): number {
    return ids[this.groups.firstRow[group] as number] as number
  }
}

function pick(from: Ids, rows: Uint32Array): Ids {
  const to = new Uint32Array(rows.length)
  for (let i = 0; i < rows.length; i++) to[i] = from[rows[i] as number] as number
  return to
}
