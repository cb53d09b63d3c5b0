import { Metadata } from '@grpc/grpc-js'
import type { EncodedRequest } from '../../otlp/metrics-encoder.ts'
import type { Outcome, Sender } from '../../otlp/sender.ts'
import type { TlsFiles } from '../../otlp/tls-files.ts'
import { version } from '../../version.ts'
import { Credentials } from './credentials.ts'
import { type CallError, failureOf } from './statuses.ts'

export const USER_AGENT = `netsonde/${version}`

/** What a channel is made with; another one of them is another channel. */
export interface ChannelOptions {
  /** `host:port` */
  readonly address: string
  readonly compression: 'gzip' | 'none'
  readonly metadata: Metadata
  readonly credentials: Credentials
  readonly timeoutMs: number
}

/** One of the official ways to export. */
export interface Channel {
  /** @returns an error, or what the receiver did not take */
  export(request: EncodedRequest): Promise<CallError | { rejected: number; message: string }>
  shutdown(): Promise<void>
}

export interface GrpcOptions {
  readonly address: string
  readonly compression: 'gzip' | 'none'
  readonly headers: Readonly<Record<string, string>>
  /** `undefined`: in the clear. */
  readonly tls: TlsFiles | undefined
  readonly open: (options: ChannelOptions) => Channel
}

interface Open {
  readonly channel: Channel
  readonly credentials: Credentials
  readonly tls: object | undefined
  readonly timeoutMs: number
}

/** Calls a receiver on one connection, and on a new one after a failure: so the next attempt is when we say. */
export class GrpcSender implements Sender {
  private readonly options: GrpcOptions
  private current: Open | undefined

  constructor(options: GrpcOptions) {
    this.options = options
  }

  async send(request: EncodedRequest, timeoutMs: number): Promise<Outcome> {
    await this.options.tls?.refresh()
    const { channel } = this.openFor(timeoutMs)
    const result = await channel.export(request)
    if (!(result instanceof Error)) return { kind: 'accepted', ...result }
    const failure = failureOf(result)
    if (failure.retryable) this.hangUp()
    return failure
  }

  hangUp(): void {
    const left = this.current
    this.current = undefined
    left?.credentials.hangUp()
    left?.channel.shutdown().catch(() => {}) // what was under way has told its end itself
  }

  private openFor(timeoutMs: number): Open {
    const { tls, open, headers, address, compression } = this.options
    if (this.current?.timeoutMs === timeoutMs && this.current.tls === tls?.options) return this.current
    this.hangUp()
    const credentials = new Credentials(tls?.options)
    const metadata = new Metadata()
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
    const channel = open({ address, compression, metadata, credentials, timeoutMs })
    this.current = { channel, credentials, tls: tls?.options, timeoutMs }
    return this.current
  }
}
