import { createOtlpExporter } from '../../otlp/exporter.ts'
import { JsonEncoder, type JsonPart } from '../../otlp/json.ts'
import type { Source } from '../../otlp/metrics-encoder.ts'
import type { Content } from '../../otlp/pusher.ts'
import type { Sources } from '../../otlp/sources.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import type { FileConfig } from './config.ts'
import { RotatingFile } from './rotating-file.ts'
import { FileSender, type LineRequest } from './sender.ts'

/** Of one line: so that no line is too long for who reads it, or for the event loop. */
const POINTS_PER_LINE = 5000
const NO_RETRY = {
  enabled: false,
  initial_interval: 0,
  randomization_factor: 0,
  multiplier: 1,
  max_interval: 0,
}

/** Writes all series, cumulative, at each interval and once more at the end. */
export function createFile(config: FileConfig, settings: Settings): Exporter {
  const file = new RotatingFile(config, settings.log, settings.now)
  const encoder = new JsonEncoder(settings.resource)
  const push = {
    interval: config.interval,
    timeout: Number.POSITIVE_INFINITY,
    retry_on_failure: NO_RETRY, // the next interval comes soon enough
    max_message_size_mib: 1,
    temporality: 'cumulative',
    sending_queue: {},
    headers: {},
  } as const
  const exporter = createOtlpExporter(push, settings, {
    endpoint: config.path,
    tls: undefined,
    sender: new FileSender(file),
    content: (sources) => lines(sources, encoder),
  })
  return {
    ...exporter,
    async start() {
      await file.open()
      await exporter.start()
    },
    async [Symbol.asyncDispose]() {
      await exporter[Symbol.asyncDispose]()
      await file.close()
    },
  }
}

function lines(sources: Sources, encoder: JsonEncoder): Content {
  let acknowledge = () => {}
  return {
    *read(nowMs) {
      const found = sources.read()
      acknowledge = found.acknowledge
      for (const parts of portions(found.sources)) {
        const points = parts.reduce((total, { slots }) => total + slots.length, 0)
        const line = encoder.line(parts, nowMs)
        yield { line, points, deltas: 0, bytes: new Uint8Array(0), acknowledge() {} } satisfies LineRequest
      }
    },
    acknowledge: () => acknowledge(),
  }
}

/** Reads on where it was when the line before was asked for: a slot may have been freed since, or be another series. */
function* portions(sources: readonly Source[]): Generator<JsonPart[]> {
  let parts: JsonPart[] = []
  let points = 0
  for (const { series, isDone } of sources) {
    let slots: number[] = []
    for (let slot = 0; slot < series.end; slot++) {
      const endedAt = series.endedAt(slot)
      if (series.epoch(slot) === 0 || (endedAt !== 0 && isDone(endedAt))) continue
      slots.push(slot)
      if (++points < POINTS_PER_LINE) continue
      yield [...parts, { series, slots }]
      parts = []
      slots = []
      points = 0
    }
    if (slots.length > 0) parts.push({ series, slots })
  }
  if (parts.length > 0) yield parts
}
