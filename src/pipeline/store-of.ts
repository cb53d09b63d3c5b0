import { NetsondeError } from '../errors.ts'
import type { PointBatch } from './point-batch.ts'
import type { SeriesStore } from './series-store.ts'

/**
 * The store that a batch's rows were added up in.
 *
 * @throws {NetsondeError} BATCH_NOT_ADDED_UP: to drop its rows in silence would be a loss that nobody sees
 */
export function storeOf(batch: PointBatch): SeriesStore {
  if (batch.store) return batch.store
  throw new NetsondeError(
    'BATCH_NOT_ADDED_UP',
    'a batch reached an exporter without a series store: cardinality_limit has to stand before it, ' +
      'and what comes after has to hand on the store (PointBatch.withStore)',
  )
}
