import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { metricByName } from '../src/catalogue/metrics.ts'
import { MetricsEncoder } from '../src/otlp/metrics-encoder.ts'
import { Sources } from '../src/otlp/sources.ts'
import type { MetricSeries } from '../src/pipeline/metric-series.ts'
import { createMetricProducer } from '../src/pipeline/otel-metrics.ts'
import { SeriesStore } from '../src/pipeline/series-store.ts'
import type { Figures } from './figures.ts'

const POINTS = 10_000
const ROUNDS = 40
const MIB = 2 ** 20
const resource = { 'service.name': 'netsonde', 'service.version': '0.1.0', 'host.name': 'node-1' }

/** Our encoder and the official serializer on the same points: ours from the store, theirs from what was collected of it. */
export async function otlpFigures(): Promise<Figures> {
  const store = new SeriesStore()
  const io = store.of(
    metricByName.get('netsonde.flow.io') as NonNullable<ReturnType<typeof metricByName.get>>,
  )
  fill(io)
  const sources = new Sources('cumulative')
  sources.add(store)
  const encoder = new MetricsEncoder(resource, 'cumulative')
  const producer = createMetricProducer({
    stores: [store],
    resource,
    now: Date.now,
    describe: ({ name, unit }) => ({ name, unit }),
  })
  const own: number[] = []
  const official: number[] = []
  let bytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (let slot = 0; slot < POINTS; slot++) io.add(slot, 1000 + slot, Date.now())
    own.push(
      cpuOf(() => {
        bytes = 0
        for (const request of encoder.requests(sources.read().sources, Date.now(), 4 * MIB)) {
          bytes += Buffer.from(request.bytes).length // the transport copies it, too
        }
      }),
    )
    const { resourceMetrics } = await producer.collect()
    official.push(
      cpuOf(() => Buffer.from(ProtobufMetricsSerializer.serializeRequest(resourceMetrics) as Uint8Array)),
    )
  }
  const [ours, theirs] = [best(own), best(official)]
  return {
    otlp_ns_per_point: {
      value: ours,
      unit: 'ns',
      about: `encode ${POINTS} points of ${Math.round(bytes / POINTS)} B, all of them changed`,
    },
    otlp_official_ns_per_point: {
      value: theirs,
      unit: 'ns',
      about: 'the official serializer, the same points',
    },
    otlp_vs_official: { value: ours / theirs, unit: 'x', about: 'the first by the second', reach: 0.25 },
  }
}

function fill(series: MetricSeries): void {
  for (let i = 0; i < POINTS; i++) {
    series.create(
      {
        'network.transport': i % 3 ? 'tcp' : 'udp',
        'network.type': 'ipv4',
        'netsonde.flow.direction': i % 2 ? 'forward' : 'reverse',
        'source.address': `10.${i >> 8}.${i & 255}.17`,
        'source.port': 30_000 + (i % 20_000),
        'destination.address': `172.16.${i % 200}.${i % 250}`,
        'destination.port': 443,
        'network.interface.name': 'eth0',
      },
      1_700_000_000_000 + i,
    )
  }
}

/** @returns ns of CPU for each point, of all threads: the collector of garbage has its own */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / POINTS
}

/** Warm, and least disturbed by others. */
function best(values: readonly number[]): number {
  return values.slice(values.length / 4).sort((a, b) => a - b)[0] as number
}
