import { randomInt } from 'node:crypto'
import type { DatapathOptions } from '../../native/datapath.ts'
import type { Generation } from '../../native/generation.ts'
import { type Dictionary, PointBatch } from '../../pipeline/point-batch.ts'

const yes: Dictionary = { value: () => 'true', lasting: true }

/** For the programs. */
export function samplingOptions(sampling: number): Pick<DatapathOptions, 'sampling' | 'samplingSeed'> {
  return sampling > 1 ? { sampling, samplingSeed: randomInt(2 ** 32) } : {}
}

/**
 * Scales up what was counted of one packet in `sampling`, and marks it as estimated. netsonde.flow.count stays: how many
 * connections there were of which no packet was looked at cannot be told.
 *
 * @param batch is not to be used any more: its values are changed in place
 */
export function estimated(batch: PointBatch, sampling: number): PointBatch {
  if (sampling <= 1) return batch
  for (const metric of ['netsonde.flow.io', 'netsonde.flow.packets'] as const) {
    const values = batch.values.get(metric)
    values?.forEach((value, row) => {
      values[row] = value * sampling
    })
  }
  return batch.withColumns([['netsonde.estimated', { ids: new Uint8Array(batch.length), dictionary: yes }]])
}

/**
 * How far the estimate of all bytes of an interval may be off: each packet is looked at with probability p = 1/N, on
 * its own, so the sum of b/p over those that were has the variance sum of b² x (1 - p)/p², estimated by the same ones
 * (Horvitz and Thompson 1952).
 */
export function relativeError({ startMs, endMs, capture }: Generation, sampling: number): PointBatch {
  const error = Math.sqrt((1 - 1 / sampling) * capture.squareBytes) / capture.seen.bytes // NaN of nothing
  return new PointBatch({
    startMs,
    endMs,
    length: 1,
    columns: new Map(),
    values: new Map([['netsonde.capture.relative_error', Float64Array.of(error)]]),
  })
}
