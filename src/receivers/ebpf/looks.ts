/**
 * Looks when it is asked to: one look at a time, and however often it is asked meanwhile, one more after it.
 * What was asked for before a look began is seen by it.
 */
export class Looks {
  private readonly look: () => Promise<void>
  private readonly pause: () => Promise<unknown>
  private asked = false
  private ended = false
  private running: Promise<void> | undefined

  /**
   * @param look does not reject
   * @param pause after each look, so that a storm of events is not one of looks
   */
  constructor(look: () => Promise<void>, pause: () => Promise<unknown>) {
    this.look = look
    this.pause = pause
  }

  ask(): void {
    this.asked = true
    if (!this.ended) this.running ??= this.run()
  }

  /** Resolves when no look runs any more. */
  async end(): Promise<void> {
    this.ended = true
    await this.running
  }

  private async run(): Promise<void> {
    while (this.asked && !this.ended) {
      this.asked = false
      await this.look()
      await this.pause()
    }
    this.running = undefined
  }
}
