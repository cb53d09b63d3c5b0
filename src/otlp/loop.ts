/** Runs a step, waits as long as the step says, and again; never two at once. */
export class Loop {
  private readonly step: () => Promise<number>
  private readonly report: (error: unknown) => void
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> = Promise.resolve()
  private stopped = false

  /**
   * @param step resolves with the milliseconds until the next one
   * @param report gets what a step throws, which ends the loop
   */
  constructor(step: () => Promise<number>, report: (error: unknown) => void) {
    this.step = step
    this.report = report
  }

  start(firstMs: number): void {
    if (this.stopped) return
    this.timer = setTimeout(() => {
      this.running = this.run()
    }, firstMs)
  }

  /** No step begins any more; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    await this.running
  }

  private async run(): Promise<void> {
    try {
      this.start(await this.step())
    } catch (error) {
      this.report(error)
    }
  }
}
