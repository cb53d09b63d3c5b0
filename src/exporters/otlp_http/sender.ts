import { Agent as TlsAgent } from 'node:https'
import {
  type CompressionAlgorithm,
  createOtlpNetworkExportDelegate,
  type IOtlpExportDelegate,
} from '@opentelemetry/otlp-exporter-base'
import { Agent as ClearAgent } from '../../http/node-http.ts'
import type { EncodedRequest } from '../../otlp/metrics-encoder.ts'
import type { Outcome, Sender } from '../../otlp/sender.ts'
import { noMetrics, Serializer } from '../../otlp/serializer.ts'
import type { TlsFiles } from '../../otlp/tls-files.ts'
import { failureOf } from './errors.ts'
import { HttpTransport } from './transport.ts'

export interface HttpOptions {
  readonly url: URL
  readonly compression: 'gzip' | 'none'
  readonly headers: Readonly<Record<string, string>>
  /** `undefined`: in the clear. */
  readonly tls: TlsFiles | undefined
  /** TransportOptions.repeatable */
  readonly repeatable: boolean
}

type Request = Pick<EncodedRequest, 'bytes' | 'points'>

interface Open {
  readonly delegate: IOtlpExportDelegate<Request>
  readonly transport: HttpTransport
  readonly serializer: Serializer
  readonly tls: object | undefined
  readonly timeoutMs: number
}

/** Posts to a receiver on one connection that is kept, through the official export delegate. */
export class HttpSender implements Sender {
  private readonly options: HttpOptions
  private current: Open | undefined

  constructor(options: HttpOptions) {
    this.options = options
  }

  async send(request: Request, timeoutMs: number): Promise<Outcome> {
    await this.options.tls?.refresh()
    const { delegate, serializer } = this.openFor(timeoutMs)
    const { promise, resolve } = Promise.withResolvers<Error | undefined>()
    delegate.export(request, ({ error }) => resolve(error))
    const error = await promise
    return error ? failureOf(error) : { kind: 'accepted', ...serializer.partialSuccess }
  }

  hangUp(): void {
    this.current?.transport.shutdown()
    this.current = undefined
  }

  private openFor(timeoutMs: number): Open {
    const { tls, url, headers, compression, repeatable } = this.options
    if (this.current?.timeoutMs === timeoutMs && this.current.tls === tls?.options) return this.current
    this.hangUp()
    const kept = { keepAlive: true, maxSockets: 1 }
    const agent = tls ? new TlsAgent({ ...kept, ...tls.options }) : new ClearAgent(kept)
    const transport = new HttpTransport({ url, headers, compression, agent, repeatable })
    const serializer = new Serializer()
    const delegate = createOtlpNetworkExportDelegate<Request, object>(
      { timeoutMillis: timeoutMs, concurrencyLimit: 2, compression: compression as CompressionAlgorithm },
      serializer,
      noMetrics('otlp_http_metric_exporter', url.href),
      transport,
    )
    this.current = { delegate, transport, serializer, tls: tls?.options, timeoutMs }
    return this.current
  }
}
