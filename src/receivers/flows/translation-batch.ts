import type { Generation, Translations } from '../../native/generation.ts'
import { PointBatch } from '../../pipeline/point-batch.ts'

/** What became known of the connections that the node translates (NAT). */
export function translationBatch(
  { startMs, endMs }: Generation,
  { remembered, unresolved, forgotten }: Translations,
): PointBatch {
  return new PointBatch({
    startMs,
    endMs,
    length: 1,
    columns: new Map(),
    values: new Map([
      ['netsonde.nat.connections', Float64Array.of(remembered)],
      ['netsonde.nat.unresolved', Float64Array.of(unresolved)],
      ['netsonde.nat.forgotten', Float64Array.of(forgotten)],
    ]),
  })
}
