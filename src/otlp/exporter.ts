import type { Exporter, Settings } from '../pipeline/component.ts'
import { storeOf } from '../pipeline/store-of.ts'
import { ExporterCounters } from './counters.ts'
import { MetricsEncoder } from './metrics-encoder.ts'
import type { Temporality } from './point-image.ts'
import { type Content, type PushConfig, Pusher } from './pusher.ts'
import type { Sender } from './sender.ts'
import { asksForQueue } from './settings.ts'
import { Sources } from './sources.ts'
import type { TlsFiles } from './tls-files.ts'

export interface OtlpConfig extends PushConfig {
  readonly temporality: Temporality
  readonly sending_queue: Readonly<Record<string, unknown>>
}

export interface OtlpParts {
  /** As people know the receiver. */
  readonly endpoint: string
  readonly tls: TlsFiles | undefined
  readonly sender: Sender
  /** What is sent, where it is not what the encoder makes of the sources. */
  readonly content?: (sources: Sources) => Content
}

/**
 * Sends the series of all pipelines that end here, at each interval and once more at the end.
 *
 * A receiver that is away is no error: the next export that arrives carries everything.
 */
export function createOtlpExporter(config: OtlpConfig, settings: Settings, parts: OtlpParts): Exporter {
  const { id, log, now, telemetry, resource } = settings
  const sources = new Sources(config.temporality)
  const counters = new ExporterCounters(telemetry, id, now)
  const content =
    parts.content?.(sources) ?? encoded(sources, new MetricsEncoder(resource, config.temporality))
  const pusher = new Pusher(config, content, parts.sender, counters, settings, parts.endpoint)
  let closing: Promise<void> | undefined

  return {
    async start() {
      await parts.tls?.load()
      if (asksForQueue(config.sending_queue)) {
        log.info('sending_queue is not needed: sums are kept, and each export has what those before it had')
      }
      pusher.start()
    },

    consume(batch) {
      sources.add(storeOf(batch))
      sources.add(telemetry)
    },

    async [Symbol.asyncDispose]() {
      closing ??= pusher.close()
      await closing
      sources[Symbol.dispose]()
    },
  }
}

function encoded(sources: Sources, encoder: MetricsEncoder): Content {
  let acknowledge = () => {}
  return {
    read(nowMs, maxBytes) {
      const found = sources.read()
      acknowledge = found.acknowledge
      return encoder.requests(found.sources, nowMs, maxBytes)
    },
    acknowledge: () => acknowledge(),
  }
}
