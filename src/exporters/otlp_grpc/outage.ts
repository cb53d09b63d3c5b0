import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Logger } from '../../pipeline/log.ts'

type Done = Parameters<PushMetricExporter['export']>[1]
type Result = Parameters<Done>[0]

/**
 * Tells of an outage twice, when it begins and when it has ended, however many exports fail in between.
 * The sums are cumulative: the first export that arrives brings all that the failed ones had.
 */
export class Outages implements PushMetricExporter {
  private readonly inner: PushMetricExporter
  private readonly log: Logger
  private readonly endpoint: string
  private readonly now: () => number
  private failed = 0
  private sinceMs = 0
  private last: string | undefined
  private state: 'sending' | 'closing' | 'ended' = 'sending'

  constructor(inner: PushMetricExporter, log: Logger, endpoint: string, now: () => number) {
    this.inner = inner
    this.log = log
    this.endpoint = endpoint
    this.now = now
  }

  /** Why the newest export failed; `undefined`: it arrived, or there was none. */
  get lastFailure(): string | undefined {
    return this.last
  }

  export(metrics: ResourceMetrics, done: Done): void {
    const finish = () => done({ code: SUCCESS }) // of a failure the reader would make one more line each time
    if (this.state === 'ended') finish()
    else
      this.inner.export(metrics, (result) => {
        this.tell(result)
        finish()
      })
  }

  /** There is no next export that could bring what this one does not: who closes tells of it. */
  close(): void {
    this.state = 'closing'
  }

  /** Nothing is sent from here on. */
  end(): void {
    this.state = 'ended'
  }

  forceFlush(): Promise<void> {
    return this.inner.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown()
  }

  private tell({ code, error }: Result): void {
    const { endpoint } = this
    if (code === SUCCESS) {
      if (this.failed > 0) {
        const { failed } = this
        this.log.info('exports arrive again', { endpoint, failed, away_ms: this.now() - this.sinceMs })
      }
      this.failed = 0
      this.last = undefined
      return
    }
    this.last = reason(error)
    if (this.failed === 0) this.begin(this.last)
    this.failed++
  }

  private begin(error: string): void {
    this.sinceMs = this.now()
    if (this.state !== 'sending') return
    const { endpoint } = this
    this.log.warn('export failed; the sums are kept, and the first that arrives brings them', {
      endpoint,
      error,
    })
  }
}

/** ExportResultCode.SUCCESS of @opentelemetry/core. */
const SUCCESS = 0

function reason(error: Error | undefined): string {
  const message = (error?.message ?? 'unknown reason').replace(/ Resolution note: $/, '') // gRPC had none
  // OpenSSL's words for an answer that is not TLS.
  if (/wrong version number|packet length too long/.test(message)) {
    return `${message} (it seems to speak no TLS: tls::insecure: true sends in the clear)`
  }
  return message
}
