/**
 * What one exporter has delivered of a store. As long as it exists, series that ended are kept until it has delivered
 * their last value, or until they are too old (SeriesStore.release).
 *
 *     const asOf = store.asOf      // before the values are read
 *     await send(read(store))
 *     cursor.acknowledge(asOf)     // only when they have arrived
 */
export class Cursor implements Disposable {
  private readonly open: Set<Cursor>
  private latest = 0

  /** @param open the cursors that a store waits for; this one is among them until it is disposed */
  constructor(open: Set<Cursor>) {
    this.open = open
    open.add(this)
  }

  /** The newest `asOf` that was acknowledged; 0: none. */
  get acknowledged(): number {
    return this.latest
  }

  /** @param asOf what SeriesStore.asOf was when the values that have arrived were read */
  acknowledge(asOf: number): void {
    this.latest = Math.max(this.latest, asOf)
  }

  /** Whether the exporter need not send a series again: it has ended and its last value was delivered. */
  isDone(endedAt: number): boolean {
    return endedAt !== 0 && endedAt <= this.latest
  }

  [Symbol.dispose](): void {
    this.open.delete(this)
  }
}
