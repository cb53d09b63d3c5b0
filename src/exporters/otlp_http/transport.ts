import type { Agent, IncomingMessage } from 'node:http'
import { request as requestByTls } from 'node:https'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'
import { request as requestInClear } from '../../http/node-http.ts'
import { version } from '../../version.ts'
import { HttpError, NoAnswer } from './errors.ts'

export interface TransportOptions {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly compression: 'gzip' | 'none'
  /** Of the URL's scheme. */
  readonly agent: Agent
  /** Whether a request may arrive twice without harm: sums that are cumulative. */
  readonly repeatable: boolean
}

/** Of an answer; what is longer is no OTLP. */
const MOST_BYTES = 256 * 1024
const compress = promisify(gzip)

/**
 * One POST per request. The official transport would do but for its own retries and for Retry-After and the status of
 * what may be tried again, which it keeps to itself: here the caller decides.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export class HttpTransport implements IExporterTransport {
  private readonly options: TransportOptions

  constructor(options: TransportOptions) {
    this.options = options
  }

  /** @returns success with the body, or failure with an HttpError or NoAnswer */
  async send(data: Uint8Array, timeoutMs: number): Promise<ExportResponse> {
    try {
      return { status: 'success', data: await this.post(data, AbortSignal.timeout(timeoutMs)) }
    } catch (error) {
      return { status: 'failure', error: error as Error }
    }
  }

  /** Ends the connection, with what is under way on it. */
  shutdown(): void {
    this.options.agent.destroy()
  }

  /** @throws {HttpError | NoAnswer} */
  private async post(data: Uint8Array, signal: AbortSignal): Promise<Buffer> {
    const { compression } = this.options
    const body = compression === 'gzip' ? await compress(data) : data
    try {
      return await this.call(body, signal)
    } catch (error) {
      // A receiver may end a connection that nothing came by for a time just as something comes.
      const idle = error instanceof NoAnswer && error.reused && !signal.aborted
      if (!idle || !this.options.repeatable) throw error
      return await this.call(body, signal)
    }
  }

  private async call(body: Uint8Array, signal: AbortSignal): Promise<Buffer> {
    const { url, headers, agent, compression } = this.options
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const call = (url.protocol === 'https:' ? requestByTls : requestInClear)(url, {
      method: 'POST',
      agent,
      signal,
      headers: {
        'user-agent': `netsonde/${version}`,
        ...headers,
        'content-type': 'application/x-protobuf',
        'content-length': body.length,
        ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
      },
    })
    let connected = false
    call.on('socket', (socket) => {
      if (!socket.connecting) connected = true
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connected = true
      })
    })
    call.once('response', resolve)
    call.on('error', reject)
    call.end(body)
    try {
      const response = await promise
      const answer = await bodyOf(response)
      if (response.statusCode && response.statusCode >= 200 && response.statusCode < 300) return answer
      throw new HttpError(response, answer)
    } catch (error) {
      if (error instanceof HttpError) throw error
      throw new NoAnswer(error as Error, signal.aborted, connected, call.reusedSocket)
    }
  }
}

/** @throws it ended in the middle, or is too long */
async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > MOST_BYTES) throw new Error(`the answer is longer than ${MOST_BYTES} bytes`)
  }
  return Buffer.concat(chunks)
}
