/** What an OTLP export holds of counters and gauges. */
export interface OtlpExport {
  readonly resource: Readonly<Record<string, string>>
  readonly scope: string
  readonly metrics: readonly OtlpMetric[]
}

export interface OtlpMetric {
  readonly name: string
  readonly unit: string
  readonly kind: 'gauge' | 'cumulative sum' | 'other'
  readonly points: readonly OtlpPoint[]
}

export interface OtlpPoint {
  readonly attributes: Readonly<Record<string, string>>
  readonly startMs: number
  readonly timeMs: number
  readonly value: number
}

/**
 * Reads an ExportMetricsServiceRequest without the code that wrote it.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto, metrics/v1/metrics.proto
 */
export function decodeExport(bytes: Buffer): OtlpExport {
  const resourceMetrics = only(fields(bytes), 1)
  const scopeMetrics = only(resourceMetrics, 2)
  const scope = only(scopeMetrics, 1)
  return {
    resource: attributes(only(resourceMetrics, 1), 1),
    scope: `${text(scope, 1)} ${text(scope, 2)}`,
    metrics: scopeMetrics
      .filter(([number]) => number === 2)
      .map(([, metric]) => decodeMetric(fields(metric as Buffer))),
  }
}

function decodeMetric(metric: Field[]): OtlpMetric {
  const sum = metric.find(([number]) => number === 7)
  const gauge = metric.find(([number]) => number === 5)
  const data = fields((sum ?? gauge)?.[1] as Buffer)
  const cumulative = data.some(([number, value]) => number === 2 && value === 2n)
  const monotonic = data.some(([number, value]) => number === 3 && value === 1n)
  return {
    name: text(metric, 1),
    unit: text(metric, 3),
    kind: gauge ? 'gauge' : sum && cumulative && monotonic ? 'cumulative sum' : 'other',
    points: data.filter(([number]) => number === 1).map(([, point]) => decodePoint(fields(point as Buffer))),
  }
}

function decodePoint(point: Field[]): OtlpPoint {
  const fixed = (wanted: number) => point.find(([number]) => number === wanted)?.[1] as Buffer | undefined
  const ms = (wanted: number) => Number((fixed(wanted)?.readBigUInt64LE() ?? 0n) / 1_000_000n)
  return {
    attributes: attributes(point, 7),
    startMs: ms(2),
    timeMs: ms(3),
    value: fixed(4)?.readDoubleLE() ?? Number(fixed(6)?.readBigInt64LE()),
  }
}

function attributes(message: Field[], wanted: number): Record<string, string> {
  const pairs = message.filter(([number]) => number === wanted).map(([, pair]) => fields(pair as Buffer))
  return Object.fromEntries(pairs.map((pair) => [text(pair, 1), anyValue(only(pair, 2))]))
}

/** AnyValue: a string or an integer. */
function anyValue([value]: Field[]): string {
  return String(value?.[1])
}

type Field = readonly [number: number, value: bigint | Buffer]

function only(message: Field[], wanted: number): Field[] {
  const found = message.filter(([number]) => number === wanted)
  if (found.length !== 1) throw new Error(`${found.length} times field ${wanted} instead of once`)
  return fields(found[0]?.[1] as Buffer)
}

function text(message: Field[], wanted: number): string {
  return String(message.find(([number]) => number === wanted)?.[1] ?? '')
}

/** @see https://protobuf.dev/programming-guides/encoding */
function fields(bytes: Buffer): Field[] {
  const found: Field[] = []
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const kind = tag & 7
    if (kind === 0) found.push([tag >>> 3, varint()])
    else {
      const length = kind === 1 ? 8 : kind === 5 ? 4 : Number(varint())
      found.push([tag >>> 3, bytes.subarray(at, at + length)])
      at += length
    }
  }
  return found
}
