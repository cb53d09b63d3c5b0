import type { Consumer } from './component.ts'
import type { Logger } from './log.ts'
import type { PointBatch } from './point-batch.ts'

/** Hands each batch to all of them; as slow as the slowest. Batches do not change, so one is enough. */
export function fanOut(consumers: readonly Consumer[]): Consumer {
  const [only] = consumers
  if (only && consumers.length === 1) return only
  return {
    consume(batch) {
      const pending = consumers.map((consumer) => consumer.consume(batch)).filter((result) => result)
      return pending.length > 0 ? Promise.all(pending).then(() => {}) : undefined
    },
  }
}

/**
 * Keeps a failure where it happened: the sender goes on and others get their batch.
 * What was not taken is logged with the number of failures so far.
 *
 * @param failed counts one more and returns how many there are
 */
export function guard(consumer: Consumer, log: Logger, failed: () => number): Consumer {
  const lost = (batch: PointBatch, error: unknown) =>
    log.error('a batch was not taken', { error, rows: batch.length, failures: failed() })
  return {
    consume(batch) {
      try {
        const pending = consumer.consume(batch)
        return pending?.catch((error) => lost(batch, error))
      } catch (error) {
        return lost(batch, error)
      }
    },
  }
}
