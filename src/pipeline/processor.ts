import type { Consumer, ProcessorFactory, Settings } from './component.ts'
import type { PointBatch } from './point-batch.ts'

/** What a processor of one's own is made of. */
export interface Transform {
  /** Hands on what it makes of the batch: all of it, some, something else or nothing. */
  consume(batch: PointBatch, next: (batch: PointBatch) => void | Promise<void>): void | Promise<void>
  start?(): void | Promise<void>
  [Symbol.asyncDispose]?(): PromiseLike<void>
}

/**
 * A processor without settings, in the shape that createAgent's `factories` takes.
 *
 *     const dropLocal = processor('drop_local', () => ({
 *       consume: (batch, next) => next(batch.filter((point) => point.source.address !== point.destination.address)),
 *     }))
 *
 * @param type its name in the configuration
 * @param create called once for each pipeline that names it
 */
export function processor(
  type: string,
  create: (settings: Settings) => Transform,
): ProcessorFactory<Record<string, never>> {
  return {
    kind: 'processor',
    type,
    stability: 'development',
    schema: {},
    create(_config, settings, next: Consumer) {
      const transform = create(settings)
      const forward = (batch: PointBatch) => next.consume(batch)
      return {
        async start() {
          await transform.start?.()
        },
        consume: (batch) => transform.consume(batch, forward),
        async [Symbol.asyncDispose]() {
          await transform[Symbol.asyncDispose]?.()
        },
      }
    },
  }
}
