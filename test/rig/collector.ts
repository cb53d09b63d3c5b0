import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from './program.ts'
import { otelcol, pathOf } from './tool.ts'
import { until } from './until.ts'

/** A point as the Collector's file exporter wrote it. */
export interface CollectedPoint {
  readonly attributes: Readonly<Record<string, string>>
  readonly startMs: number
  readonly timeMs: number
  readonly value: number
}

export interface Collected {
  readonly resource: Readonly<Record<string, string>>
  readonly unit: string
  readonly kind: 'sum' | 'gauge' | 'histogram'
  readonly points: readonly CollectedPoint[]
}

export interface Collector extends AsyncDisposable {
  /** Ends it at once, as a crash does; what it wrote can still be read. */
  kill(): Promise<void>
  /** Where it receives OTLP over gRPC. */
  readonly endpoint: { readonly host: string; readonly port: number }
  /** Where it receives OTLP over HTTP. */
  readonly httpPort: number
  /** By metric name, what arrived last. */
  metrics(): Promise<Map<string, Collected>>
  /** What it wrote, lines of JSON, and what its debug exporters said. */
  text(): Promise<{ readonly file: string; readonly log: string }>
  /** The same as metrics(), as soon as `enough` says so. */
  metricsOnce(enough: (metrics: Map<string, Collected>) => boolean): Promise<Map<string, Collected>>
}

/**
 * A real OpenTelemetry Collector that writes what it receives to a file.
 *
 * @param port to come back at after an outage; 0: any that is free
 * @param verbosities of debug exporters that it has besides
 */
export async function startCollector(port = 0, verbosities: readonly string[] = []): Promise<Collector> {
  const directory = await mkdtemp(join(tmpdir(), 'netsonde-otelcol-'))
  const [config, output] = [join(directory, 'otelcol.yaml'), join(directory, 'out.json')]
  await writeFile(config, JSON.stringify(configFor(port, output, verbosities)))
  const program = startProgram(pathOf(otelcol()), [`--config=${config}`])
  const close = async () => {
    await program[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  }
  try {
    const [, listening] = await program.line(/Starting GRPC server.*"endpoint": "127\.0\.0\.1:(\d+)"/)
    const [, posting] = await program.line(/Starting HTTP server.*"endpoint": "127\.0\.0\.1:(\d+)"/)
    await program.line(/Everything is ready/)
    const metrics = async () => parse(await readFile(output, 'utf8'))
    return {
      endpoint: { host: '127.0.0.1', port: Number(listening) },
      httpPort: Number(posting),
      metrics,
      async kill() {
        program.signal('SIGKILL')
        await program.ended
      },
      text: async () => ({ file: await readFile(output, 'utf8'), log: program.output() }),
      metricsOnce: (enough) =>
        until(async () => {
          const found = await metrics()
          return enough(found) ? found : undefined
        }),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function configFor(port: number, output: string, verbosities: readonly string[]): object {
  const debug = verbosities.map((verbosity) => [`debug/${verbosity}`, { verbosity }] as const)
  return {
    receivers: {
      otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${port}` }, http: { endpoint: '127.0.0.1:0' } } },
    },
    exporters: { file: { path: output, flush_interval: '50ms' }, ...Object.fromEntries(debug) },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: ['file', ...debug.map(([id]) => id)] } },
    },
  }
}

/** @param lines one OTLP JSON object each; the last may not be complete yet */
function parse(lines: string): Map<string, Collected> {
  const found = new Map<string, Collected>()
  for (const line of lines.slice(0, lines.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue
    for (const { resource, scopeMetrics } of (JSON.parse(line) as OtlpJson).resourceMetrics) {
      for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
        const kind = metric.sum ? 'sum' : metric.gauge ? 'gauge' : 'histogram'
        const points = (metric[kind]?.dataPoints ?? []).map(pointOf)
        found.set(metric.name, {
          resource: plain(resource.attributes),
          unit: metric.unit ?? '',
          kind,
          points,
        })
      }
    }
  }
  return found
}

function pointOf(point: JsonPoint): CollectedPoint {
  return {
    attributes: plain(point.attributes ?? []),
    startMs: Number(BigInt(point.startTimeUnixNano ?? 0) / 1_000_000n),
    timeMs: Number(BigInt(point.timeUnixNano) / 1_000_000n),
    value: Number(point.asInt ?? point.asDouble),
  }
}

const plain = (attributes: readonly JsonAttribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]))

/** @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
interface OtlpJson {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly JsonAttribute[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[]
  }[]
}
interface JsonAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}
type JsonMetric = { readonly name: string; readonly unit?: string } & {
  readonly [kind in Collected['kind']]?: { readonly dataPoints?: readonly JsonPoint[] }
}
interface JsonPoint {
  readonly attributes?: readonly JsonAttribute[]
  readonly startTimeUnixNano?: string
  readonly timeUnixNano: string
  readonly asInt?: string
  readonly asDouble?: number
}
