/** As in the Collector's retry_on_failure; times in milliseconds. */
export interface RetryConfig {
  readonly enabled: boolean
  readonly initial_interval: number
  readonly randomization_factor: number
  readonly multiplier: number
  readonly max_interval: number
}

/** A receiver that asks for more is asked again all the same: it may have been restarted since. */
const LONGEST_ASKED_MS = 600_000

/** The time between one failure and the next attempt, longer with each failure in a row. */
export class BackOff {
  private readonly config: RetryConfig
  private readonly random: () => number
  private intervalMs: number

  /** @param random from 0 to 1 */
  constructor(config: RetryConfig, random: () => number = Math.random) {
    this.config = config
    this.random = random
    this.intervalMs = config.initial_interval
  }

  /** @param askedMs what the receiver asked to wait: never less than that, up to ten minutes */
  next(askedMs = 0): number {
    const { randomization_factor: spread, multiplier, max_interval } = this.config
    const interval = Math.min(this.intervalMs, max_interval)
    this.intervalMs = Math.min(interval * multiplier, max_interval)
    const jittered = interval * (1 + spread * (2 * this.random() - 1))
    return Math.max(jittered, Math.min(askedMs, LONGEST_ASKED_MS))
  }

  reset(): void {
    this.intervalMs = this.config.initial_interval
  }
}
