import type { EncodedRequest } from './metrics-encoder.ts'

/** What became of one request. */
export type Outcome = Accepted | Failure

export interface Accepted {
  readonly kind: 'accepted'
  /** Points that the receiver did not take; they are not to be sent again. */
  readonly rejected: number
  /** Why, or a warning; often empty. */
  readonly message: string
}

export interface Failure {
  readonly kind: 'failed'
  /** Of few values: a gRPC status (`UNAVAILABLE`), an HTTP status (`503`), an error code (`ECONNREFUSED`), `timeout`. */
  readonly type: string
  /** For people. */
  readonly message: string
  /** Whether the OTLP specification lets the same be tried again. */
  readonly retryable: boolean
  /** What the receiver asks to wait. */
  readonly afterMs?: number | undefined
  /** The receiver may have taken it: there was no answer, or not from itself. */
  readonly unclear: boolean
  /** The receiver takes smaller ones only. */
  readonly tooLarge: boolean
}

/** A way to one receiver. One request at a time. */
export interface Sender {
  /** Never rejects. */
  send(request: Pick<EncodedRequest, 'bytes' | 'points'>, timeoutMs: number): Promise<Outcome>
  /** Leaves the connection, with what is under way on it. The next request makes a new one. */
  hangUp(): void
}

const BIGGER_THAN_TAKEN = /larger than max|message.*too large|exceeds.*size/i

/** Whether an error text speaks of the message's size, as gRPC's for Go, Java and C++ do. */
export function saysTooLarge(message: string): boolean {
  return BIGGER_THAN_TAKEN.test(message)
}

/** OpenSSL's words for an answer that is not TLS. */
export function withHint(message: string): string {
  return /wrong version number|packet length too long/.test(message)
    ? `${message} (it seems to speak no TLS: tls::insecure: true sends in the clear)`
    : message
}
