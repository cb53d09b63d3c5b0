import type { IncomingMessage } from 'node:http'
import { STATUS_CODES } from '../../http/node-http.ts'
import { readRetryDelayMs, readStatusMessage } from '../../otlp/export-response.ts'
import { type Failure, withHint } from '../../otlp/sender.ts'

/** An answer other than 200. */
export class HttpError extends Error {
  readonly status: number
  readonly afterMs: number | undefined

  constructor({ statusCode = 0, headers }: IncomingMessage, body: Buffer) {
    const kind = headers['content-type'] ?? ''
    // What proxies answer is a page: only its beginning is of use.
    const said = /protobuf/.test(kind) ? readStatusMessage(body) : body.toString('utf8', 0, 200).trim()
    super(`${statusCode} ${STATUS_CODES[statusCode] ?? ''}${said && `: ${said}`}`)
    this.status = statusCode
    this.afterMs =
      retryAfterMs(headers['retry-after']) ?? (/protobuf/.test(kind) ? readRetryDelayMs(body) : undefined)
  }
}

/** There was no answer, or not all of it. */
export class NoAnswer extends Error {
  readonly type: string
  /** The request may have gone out. */
  readonly sent: boolean
  /** On a connection that had served another before. */
  readonly reused: boolean

  constructor(cause: Error, timedOut: boolean, sent: boolean, reused: boolean) {
    super(timedOut ? 'no answer in time' : withHint(messageOf(cause)), { cause })
    this.type = timedOut ? 'timeout' : ((cause as NodeJS.ErrnoException).code ?? 'network')
    this.sent = sent
    this.reused = reused
  }
}

/** Of several addresses that were tried each has an error; the whole has no text. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message
  return error.errors.map(({ message }: Error) => message).join(', ')
}

/** @see https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = [429, 502, 503, 504]
/** Said by a proxy that may have handed on the request. */
const UNCLEAR = [502, 504]
const PAYLOAD_TOO_LARGE = 413

/** What has no answer may have one later, TLS too: certificates are replaced. */
export function failureOf(error: Error): Failure {
  const { message } = error
  if (error instanceof HttpError) {
    const { status, afterMs } = error
    return {
      kind: 'failed',
      type: String(status),
      message,
      retryable: RETRYABLE.includes(status),
      afterMs,
      unclear: UNCLEAR.includes(status),
      tooLarge: status === PAYLOAD_TOO_LARGE,
    }
  }
  const type = error instanceof NoAnswer ? error.type : error.name
  const unclear = error instanceof NoAnswer && error.sent
  return { kind: 'failed', type, message, retryable: error instanceof NoAnswer, unclear, tooLarge: false }
}

/**
 * @param header seconds, or a date
 * @see RFC 9110 10.2.3
 */
export function retryAfterMs(header: string | undefined, now: () => number = Date.now): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now())
}
