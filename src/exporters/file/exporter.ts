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
      // All at once, because the next write is in another turn of the event loop.
      const requests = portions(found.sources).map(({ parts, points }): LineRequest => {
        const line = encoder.line(parts, nowMs)
        return { line, points, deltas: 0, bytes: new Uint8Array(0), acknowledge() {} }
      })
      yield* requests
    },
    acknowledge: () => acknowledge(),
  }
}

function portions(sources: readonly Source[]): { parts: JsonPart[]; points: number }[] {
  const found: { parts: JsonPart[]; points: number }[] = []
  let last = { parts: [] as JsonPart[], points: POINTS_PER_LINE }
  for (const { series, isDone } of sources) {
    const slots = Array.from({ length: series.end }, (_, slot) => slot).filter((slot) => {
      const endedAt = series.endedAt(slot)
      return series.epoch(slot) !== 0 && (endedAt === 0 || !isDone(endedAt))
    })
    for (let from = 0; from < slots.length; ) {
      if (last.points === POINTS_PER_LINE) {
        last = { parts: [], points: 0 }
        found.push(last)
      }
      const taken = slots.slice(from, from + POINTS_PER_LINE - last.points)
      last.parts.push({ series, slots: taken })
      last.points += taken.length
      from += taken.length
    }
  }
  return found
}
