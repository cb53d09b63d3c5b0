import type { Settings } from '../pipeline/component.ts'
import { BackOff, type RetryConfig } from './back-off.ts'
import type { ExporterCounters } from './counters.ts'
import { secretsOf } from './headers.ts'
import { Loop } from './loop.ts'
import type { EncodedRequest } from './metrics-encoder.ts'
import { Narrator } from './narrator.ts'
import type { Failure, Sender } from './sender.ts'

/** Times in milliseconds. */
export interface PushConfig {
  readonly interval: number
  readonly timeout: number
  readonly retry_on_failure: RetryConfig
  readonly max_message_size_mib: number
  /** Secret. */
  readonly headers: Readonly<Record<string, string>>
}

/** What there is to be sent. */
export interface Content {
  /** Everything, as it is now; read at once, sent one by one. */
  read(nowMs: number, maxBytes: number): Iterable<EncodedRequest> | AsyncIterable<EncodedRequest>
  /** All of the last read() has arrived. */
  acknowledge(): void
}

const MIB = 2 ** 20
/** Below no receiver is supposed to be: one that refuses this for its size refuses everything. */
const SMALLEST_BYTES = 64 * 1024
/** The end waits no longer than this for a receiver that does not answer. */
const LONGEST_END_MS = 5000

/**
 * Sends what there is at each interval and once more at the end. What failed is not kept: the next attempt reads anew, and
 * has everything. After a failure that may pass, the next attempt follows the back-off instead of the interval.
 */
export class Pusher {
  private readonly config: PushConfig
  private readonly content: Content
  private readonly sender: Sender
  private readonly counters: ExporterCounters
  private readonly now: () => number
  private readonly narrator: Narrator
  private readonly backOff: BackOff
  private readonly loop: Loop
  private maxBytes: number
  private nextTick = 0
  private pushing = false

  constructor(
    config: PushConfig,
    content: Content,
    sender: Sender,
    counters: ExporterCounters,
    { log, now, report }: Settings,
    endpoint: string,
  ) {
    this.config = config
    this.content = content
    this.sender = sender
    this.counters = counters
    this.now = now
    this.narrator = new Narrator(log, now, endpoint, secretsOf(config.headers))
    this.backOff = new BackOff(config.retry_on_failure)
    this.loop = new Loop(() => this.step(), report)
    this.maxBytes = config.max_message_size_mib * MIB
  }

  start(): void {
    this.nextTick = performance.now() + this.config.interval
    this.loop.start(this.config.interval)
  }

  /** Sends once more what has not arrived. Takes no longer than `timeout`, and than 5 s. */
  async close(): Promise<void> {
    const patience = Math.min(this.config.timeout, LONGEST_END_MS)
    const deadline = performance.now() + patience
    this.narrator.close()
    // What hangs already is left half of the time; then a new connection has the other half.
    const late = setTimeout(() => this.sender.hangUp(), this.pushing ? patience / 2 : patience)
    await this.loop.stop()
    clearTimeout(late)
    const left = deadline - performance.now()
    const failure = left > 0 ? await this.push(left) : undefined
    if (failure) this.narrator.lost(failure.message)
    this.sender.hangUp()
  }

  /** @returns milliseconds until the next */
  private async step(): Promise<number> {
    const { interval, retry_on_failure } = this.config
    const failure = await this.push(Number.POSITIVE_INFINITY)
    if (!failure) this.backOff.reset()
    else if (failure.retryable && retry_on_failure.enabled) return this.backOff.next(failure.afterMs)
    const now = performance.now()
    while (this.nextTick <= now) this.nextTick += interval
    return this.nextTick - now
  }

  /**
   * @param withinMs for all requests together
   * @returns what to do about: the failure that may pass, else the last one
   */
  private async push(withinMs: number): Promise<Failure | undefined> {
    const deadline = performance.now() + withinMs
    let failed: Failure | undefined
    this.pushing = true
    try {
      for await (const request of this.content.read(this.now(), this.maxBytes)) {
        // In steps, because another timeout is another connection.
        const leftMs = Math.ceil(Math.max(1, deadline - performance.now()) / 100) * 100
        const failure = await this.send(request, Math.min(this.config.timeout, leftMs))
        if (failure) failed = failure
        if (failure?.retryable) break // the rest would fare alike
      }
    } finally {
      this.pushing = false
    }
    if (failed) this.narrator.failed(failed)
    else {
      this.content.acknowledge()
      this.narrator.arrived()
    }
    return failed
  }

  private async send(request: EncodedRequest, timeoutMs: number): Promise<Failure | undefined> {
    const { points, deltas } = request
    const outcome = await this.sender.send(request, timeoutMs)
    if (outcome.kind === 'accepted') {
      request.acknowledge()
      const rejected = Math.min(outcome.rejected, points)
      this.counters.accepted(points, rejected)
      if (rejected > 0 || outcome.message !== '') this.narrator.rejected({ ...outcome, rejected })
      return undefined
    }
    this.counters.failed(outcome.type, points, outcome.unclear ? deltas : 0)
    if (outcome.tooLarge && this.maxBytes > SMALLEST_BYTES) {
      this.maxBytes = Math.max(SMALLEST_BYTES, Math.min(this.maxBytes, request.bytes.length) / 2)
      this.narrator.smaller(Math.floor(this.maxBytes))
    }
    return outcome
  }
}
