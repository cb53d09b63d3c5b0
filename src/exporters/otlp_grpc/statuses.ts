import { type Metadata, status } from '@grpc/grpc-js'
import { readRetryDelayMs } from '../../otlp/export-response.ts'
import { type Failure, saysTooLarge, withHint } from '../../otlp/sender.ts'

/**
 * What may be tried again. RESOURCE_EXHAUSTED is among them only where the receiver says when (RetryInfo).
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#failures
 */
const RETRYABLE = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
])

/** Said on this side, or where nobody knows what became of the request. */
const UNCLEAR = new Set([
  status.CANCELLED,
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
])

/** What grpc-js says before anything was sent. */
const NOT_SENT = /^(No connection established|Name resolution failed|Waiting for|The channel)/

/** A failed call of grpc-js (ServiceError), or whatever else was thrown. */
export interface CallError extends Error {
  readonly code?: unknown
  readonly details?: string
  readonly metadata?: Metadata
}

export function failureOf(error: CallError): Failure {
  const { code: told, details = '', metadata } = error
  const message = withHint(error.message.replace(/ Resolution note: $/, '')) // gRPC had none
  if (typeof told !== 'number') {
    return { kind: 'failed', type: error.name, message, retryable: false, unclear: false, tooLarge: false }
  }
  const code = told in status ? (told as status) : status.UNKNOWN // types are few, whatever a receiver says
  const [trailer] = metadata?.get('grpc-status-details-bin') ?? []
  const afterMs = Buffer.isBuffer(trailer) ? readRetryDelayMs(trailer) : undefined
  const exhausted = code === status.RESOURCE_EXHAUSTED
  return {
    kind: 'failed',
    type: status[code],
    message,
    retryable: exhausted ? afterMs !== undefined : RETRYABLE.has(code),
    afterMs,
    unclear: UNCLEAR.has(code) && !NOT_SENT.test(details),
    tooLarge: exhausted && saysTooLarge(details),
  }
}
