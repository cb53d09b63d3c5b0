import type { Metric } from '../catalogue/metrics.ts'
import type { MetricSeries } from '../pipeline/metric-series.ts'
import { type Attributes, resourceField, scopeField, writeHead } from './attributes.ts'
import { PointImage, type Run, type Temporality } from './point-image.ts'
import { ProtoWriter, VARINT, varintSize, written } from './protobuf.ts'

/** One ExportMetricsServiceRequest. */
export interface EncodedRequest {
  /** Good until the next request is asked for. */
  readonly bytes: Uint8Array
  readonly points: number
  /** How many of them a receiver adds up: to arrive twice does harm. */
  readonly deltas: number
  /** It has arrived: for delta, the next begins behind it. */
  acknowledge(): void
}

/** Where points come from: a metric's series, and which of those that ended need not be sent again. */
export interface Source {
  readonly series: MetricSeries
  readonly isDone: (endedAt: number) => boolean
}

interface Part {
  readonly image: PointImage
  readonly frame: Frame
  readonly run: Run
}

/** What stands around the points of a metric. */
interface Frame {
  /** name, description, unit */
  readonly head: Uint8Array
  /** Of the data: gauge, sum or histogram. */
  readonly field: number
  /** temporality, monotonic */
  readonly tail: Uint8Array
}

/** Tag and length, at most. */
const HEAD_SIZE = 6

/** Makes OTLP requests of series. What does not change from one time to the next is kept encoded. */
export class MetricsEncoder {
  private readonly temporality: Temporality
  private readonly resource: Uint8Array
  private readonly scope: Uint8Array
  private readonly frames = new Map<Metric, Frame>()
  private readonly out = new ProtoWriter(4096)
  private images = new Map<MetricSeries, PointImage>()

  constructor(resource: Attributes, temporality: Temporality) {
    this.temporality = temporality
    this.resource = resourceField(resource)
    this.scope = scopeField('netsonde', String(resource['service.version'] ?? ''))
  }

  /**
   * Reads the sources at once and yields what they hold in requests; none where there is nothing.
   *
   * @param nowMs time of the points, in milliseconds since the epoch
   * @param maxBytes of a request; a single point goes out even if it is larger
   */
  *requests(sources: Iterable<Source>, nowMs: number, maxBytes: number): Generator<EncodedRequest> {
    this.refresh(sources, nowMs)
    const envelope = this.resource.length + this.scope.length + 2 * HEAD_SIZE
    let parts: Part[] = []
    let size = envelope
    for (const image of this.images.values()) {
      const frame = this.frameOf(image)
      const around = frame.head.length + frame.tail.length + 2 * HEAD_SIZE
      for (let from = 0; image.has(from); ) {
        const run = image.take(from, maxBytes - size - around, parts.length === 0)
        if (run.points > 0) {
          parts.push({ image, frame, run })
          size += around + run.bytes
        }
        from = run.to
        if (!image.has(from)) break
        yield this.request(parts, nowMs)
        parts = []
        size = envelope
      }
    }
    if (parts.length > 0) yield this.request(parts, nowMs)
  }

  private refresh(sources: Iterable<Source>, nowMs: number): void {
    const images = new Map<MetricSeries, PointImage>()
    for (const { series, isDone } of sources) {
      const image = this.images.get(series) ?? new PointImage(series, this.temporality)
      image.refresh(nowMs, isDone)
      images.set(series, image)
    }
    this.images = images
  }

  private request(parts: readonly Part[], nowMs: number): EncodedRequest {
    let [points, deltas] = [0, 0]
    for (const { image, run } of parts) {
      points += run.points
      if (image.isDelta) deltas += run.points
    }
    const acknowledge = () => {
      for (const { image, run } of parts) image.acknowledge(run, nowMs)
    }
    return { bytes: this.write(parts), points, deltas, acknowledge }
  }

  /** @see https://github.com/open-telemetry/opentelemetry-proto, collector/metrics/v1/metrics_service.proto */
  private write(parts: readonly Part[]): Uint8Array {
    const { out, resource, scope } = this
    const sizes = parts.map(({ frame: { head, tail }, run }) => {
      const data = run.bytes + tail.length
      return { data, metric: head.length + framed(data) }
    })
    const scopeMetrics = sizes.reduce((total, { metric }) => total + framed(metric), scope.length)
    const resourceMetrics = resource.length + framed(scopeMetrics)
    out.length = 0
    out.reserve(framed(resourceMetrics))
    writeHead(out, 1, resourceMetrics)
    out.raw(resource)
    writeHead(out, 2, scopeMetrics)
    out.raw(scope)
    for (const [i, { image, frame, run }] of parts.entries()) {
      const { data, metric } = sizes[i] as (typeof sizes)[number]
      writeHead(out, 2, metric)
      out.raw(frame.head)
      writeHead(out, frame.field, data)
      out.length = image.copy(run, out.bytes, out.length)
      out.raw(frame.tail)
    }
    return out.bytes.subarray(0, out.length)
  }

  private frameOf(image: PointImage): Frame {
    const { metric } = image.series
    let frame = this.frames.get(metric)
    if (!frame) {
      frame = frameFor(metric, image.isDelta)
      this.frames.set(metric, frame)
    }
    return frame
  }
}

/** Bytes of a field of that length, with its tag: all field numbers here are below 16. */
function framed(length: number): number {
  return 1 + varintSize(length) + length
}

function frameFor({ name, description, unit, instrument }: Metric, delta: boolean): Frame {
  const head = written((to) => {
    to.text(1, name)
    to.text(2, description)
    to.text(3, unit)
  })
  if (instrument === 'gauge') return { head, field: 5, tail: new Uint8Array(0) }
  const tail = written((to) => {
    to.tag(2, VARINT)
    to.varint(delta ? 1 : 2) // AGGREGATION_TEMPORALITY_DELTA, _CUMULATIVE
    if (instrument !== 'counter') return
    to.tag(3, VARINT)
    to.varint(1)
  })
  return { head, field: instrument === 'histogram' ? 9 : 7, tail }
}
