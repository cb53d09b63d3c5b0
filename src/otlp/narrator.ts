import type { Logger } from '../pipeline/log.ts'
import type { Accepted, Failure } from './sender.ts'

const A_MINUTE = 60_000
/** Of what a receiver says: it may say megabytes. */
const MOST_CHARACTERS = 500

/**
 * Tells of an outage when it begins, with each new reason and when it has ended, however many attempts fail in between;
 * of rejected points at most once a minute.
 */
export class Narrator {
  private readonly log: Logger
  private readonly now: () => number
  private readonly endpoint: string
  private readonly secrets: readonly string[]
  private closing = false
  private failures = 0
  private sinceMs = 0
  private readonly told = new Set<string>()
  private rejectedPoints = 0
  private rejectedMs = Number.NEGATIVE_INFINITY

  /** @param secrets what no line may hold, though a receiver may repeat it in what it answers */
  constructor(log: Logger, now: () => number, endpoint: string, secrets: readonly string[]) {
    this.log = log
    this.now = now
    this.endpoint = endpoint
    this.secrets = secrets
  }

  /** From here on there is no next attempt that could bring what one does not: lost() tells of it. */
  close(): void {
    this.closing = true
  }

  failed({ type, message }: Failure): void {
    if (this.failures++ === 0) this.sinceMs = this.now()
    if (this.closing || this.told.has(type)) return
    this.told.add(type)
    this.log.warn('export failed; the sums are kept, and the first that arrives brings them', {
      endpoint: this.endpoint,
      error: this.safe(message),
    })
  }

  arrived(): void {
    if (this.failures > 0) {
      const { endpoint, failures, sinceMs } = this
      this.log.info('exports arrive again', { endpoint, failed: failures, away_ms: this.now() - sinceMs })
    }
    this.failures = 0
    this.told.clear()
  }

  lost(error: string): void {
    this.log.error('the last export did not arrive', { endpoint: this.endpoint, error: this.safe(error) })
  }

  rejected({ rejected, message }: Accepted): void {
    this.rejectedPoints += rejected
    if (this.now() - this.rejectedMs < A_MINUTE) return
    const { endpoint, rejectedPoints } = this
    this.log.warn(rejectedPoints > 0 ? 'the receiver rejected points' : 'the receiver warns', {
      endpoint,
      rejected: rejectedPoints,
      message: this.safe(message),
    })
    this.rejectedMs = this.now()
    this.rejectedPoints = 0
  }

  smaller(bytes: number): void {
    this.log.warn('the receiver takes smaller messages only: set max_message_size_mib to its limit', {
      endpoint: this.endpoint,
      now_bytes: bytes,
    })
  }

  private safe(text: string): string {
    const clean = this.secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text)
    return clean.length > MOST_CHARACTERS ? `${clean.slice(0, MOST_CHARACTERS)}...` : clean
  }
}
