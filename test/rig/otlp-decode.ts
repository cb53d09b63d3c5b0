/** What an OTLP export of metrics holds. */
export interface OtlpExport {
  readonly resource: Readonly<Record<string, string>>
  readonly scope: string
  readonly metrics: readonly OtlpMetric[]
}

export interface OtlpMetric {
  readonly name: string
  readonly unit: string
  readonly description: string
  /** As `cumulative sum`, `delta histogram`, `cumulative sum, up and down`. */
  readonly kind: string
  readonly points: readonly OtlpPoint[]
}

export interface OtlpPoint {
  readonly attributes: Readonly<Record<string, string>>
  /** In nanoseconds the digits behind the milliseconds. */
  readonly startMs: number
  readonly timeMs: number
  readonly kind: 'int' | 'double' | 'histogram'
  /** Of a histogram its sum. */
  readonly value: number
  readonly count?: number
  readonly counts?: readonly number[]
  readonly bounds?: readonly number[]
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

const DATA: Readonly<Record<number, string>> = { 5: 'gauge', 7: 'sum', 9: 'histogram' }

function decodeMetric(metric: Field[]): OtlpMetric {
  const found = metric.filter(([number]) => number in DATA)
  if (found.length !== 1) throw new Error(`${found.length} kinds of data`)
  const [[number, body]] = found as [Field]
  const data = fields(body as Buffer)
  const temporality = ['', 'delta ', 'cumulative '][Number(data.find(([field]) => field === 2)?.[1] ?? 0n)]
  const monotonic = data.some(([field, value]) => field === 3 && value === 1n)
  return {
    name: text(metric, 1),
    unit: text(metric, 3),
    description: text(metric, 2),
    kind: `${temporality}${DATA[number]}${number === 7 && !monotonic ? ', up and down' : ''}`,
    points: data
      .filter(([field]) => field === 1)
      .map(([, point]) =>
        number === 9 ? decodeHistogram(fields(point as Buffer)) : decodeNumber(fields(point as Buffer)),
      ),
  }
}

function decodeNumber(point: Field[]): OtlpPoint {
  const double = fixed(point, 4)
  return {
    attributes: attributes(point, 7),
    startMs: ms(point, 2),
    timeMs: ms(point, 3),
    kind: double ? 'double' : 'int',
    value: double?.readDoubleLE() ?? Number(fixed(point, 6)?.readBigInt64LE()),
  }
}

function decodeHistogram(point: Field[]): OtlpPoint {
  const counts = packed(point, 6).map((each) => Number(each.readBigUInt64LE()))
  const bounds = packed(point, 7).map((each) => each.readDoubleLE())
  return {
    attributes: attributes(point, 9),
    startMs: ms(point, 2),
    timeMs: ms(point, 3),
    kind: 'histogram',
    value: fixed(point, 5)?.readDoubleLE() ?? Number.NaN,
    count: Number(fixed(point, 4)?.readBigUInt64LE()),
    counts,
    bounds,
  }
}

function fixed(point: Field[], wanted: number): Buffer | undefined {
  return point.find(([number]) => number === wanted)?.[1] as Buffer | undefined
}

function ms(point: Field[], wanted: number): number {
  return Number(fixed(point, wanted)?.readBigUInt64LE() ?? 0n) / 1e6
}

function packed(point: Field[], wanted: number): Buffer[] {
  const bytes = fixed(point, wanted) ?? Buffer.alloc(0)
  return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.subarray(i * 8, i * 8 + 8))
}

function attributes(message: Field[], wanted: number): Record<string, string> {
  const pairs = message.filter(([number]) => number === wanted).map(([, pair]) => fields(pair as Buffer))
  return Object.fromEntries(pairs.map((pair) => [text(pair, 1), anyValue(only(pair, 2))]))
}

/** AnyValue: a text, or a number as text. Set to nothing it is not there. */
function anyValue([value]: Field[]): string {
  if (!value) throw new Error('an attribute without a value')
  const [kind, content] = value
  if (kind === 4) return String((content as Buffer).readDoubleLE())
  return kind === 3 ? String(BigInt.asIntN(64, content as bigint)) : String(content)
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
      if (at + length > bytes.length) throw new Error('ends in the middle of a field')
      found.push([tag >>> 3, bytes.subarray(at, at + length)])
      at += length
    }
  }
  return found
}
