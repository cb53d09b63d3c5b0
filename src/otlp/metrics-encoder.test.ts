import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { expect, test } from 'vitest'
import { observe } from '../../test/rig/observe.ts'
import { decodeExport, type OtlpExport } from '../../test/rig/otlp-decode.ts'
import { Random } from '../../test/rig/random.ts'
import type { Metric } from '../catalogue/metrics.ts'
import { MetricSeries } from '../pipeline/metric-series.ts'
import { createMetricProducer } from '../pipeline/otel-metrics.ts'
import type { SeriesStore } from '../pipeline/series-store.ts'
import { MetricsEncoder } from './metrics-encoder.ts'
import { PointImage, type Temporality } from './point-image.ts'

const instruments = ['counter', 'updowncounter', 'gauge', 'histogram'] as const
const bounds = [0.005, 0.1, 1, 2.5, 1e9]
const resource = { 'service.name': 'netsonde', 'service.version': '0.1.0', 'host.name': 'nœud-1 ☃' }

const metric = (instrument: Metric['instrument'], buckets: readonly number[] = bounds): Metric =>
  ({
    name: `netsonde.test.${instrument}`,
    unit: instrument === 'counter' ? 'By' : '1',
    description: instrument === 'gauge' ? '' : `a ${instrument} — äöü`,
    attributes: [],
    optIn: [],
    instrument,
    ...(instrument === 'histogram' && { buckets }),
  }) as Metric

const values = [0, 1, -1, 255, 65_536, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53, 2 ** 62, -(2 ** 53)]
const fractions = [0.1, -2.5, 5e-324, 1.7976931348623157e308, Number.NaN, Infinity, -Infinity]
const texts = ['', 'a', 'ä', '漢字', '🦊', '\0', 'x'.repeat(127), 'y'.repeat(128), 'z'.repeat(17_000)]
const numbers = [0, 443, -1, 2 ** 40, -(2 ** 40), 0.5, 2 ** 53]

/** Series with everything that may be in one, some of them ended and their slots used anew. */
function randomSeries(random: Random): MetricSeries[] {
  return instruments.map((instrument) => {
    const series = new MetricSeries(
      metric(instrument, random.pick([bounds, [], Array.from({ length: 20 }, (_, i) => i)])),
    )
    for (let i = random.below(20); i > 0; i--) change(series, random)
    return series
  })
}

function change(series: MetricSeries, random: Random): void {
  const { instrument } = series.metric
  const startMs = random.pick([0, 0.5, 1_699_999_999_999, 1_700_000_000_123.25, 4_102_444_800_000])
  const slot = series.create(
    Object.fromEntries(
      Array.from({ length: random.below(4) }, (_, i) => [
        random.pick(['a', 'source.address', 'ключ']) + i,
        random.below(2) ? random.pick(texts) : random.pick(numbers),
      ]),
    ),
    startMs,
  )
  if (instrument === 'gauge') series.set(slot, random.pick([...values, ...fractions]), startMs)
  else if (instrument === 'histogram') {
    for (let n = random.below(5); n > 0; n--)
      observe(series, slot, [random.pick([0.001, 0.5, 3, 1e12])], startMs)
  } else series.add(slot, Math.abs(random.pick(values)) * (instrument === 'counter' ? 1 : -1), startMs)
  if (random.below(4) > 0) return
  series.finish(slot, 0)
  if (random.below(2)) series.release(Infinity, 0)
}

const encode = (encoder: MetricsEncoder, all: readonly MetricSeries[], maxBytes = 4 << 20) =>
  Array.from(
    encoder.requests(
      all.filter(({ size }) => size > 0).map((series) => ({ series, isDone: () => false })),
      nowMs,
      maxBytes,
    ),
    ({ bytes, points }) => ({ bytes: Buffer.from(bytes), points }),
  )

const nowMs = 1_700_000_010_000.75

async function official(all: readonly MetricSeries[]): Promise<OtlpExport> {
  const { resourceMetrics } = await createMetricProducer({
    stores: [all as unknown as SeriesStore],
    resource,
    now: () => nowMs,
    describe: ({ name, unit }) => ({ name, unit }),
  }).collect()
  return decodeExport(Buffer.from(ProtobufMetricsSerializer.serializeRequest(resourceMetrics) as Uint8Array))
}

/** JSON has no NaN, and no infinity. */
const exact = (_: string, value: unknown) => (typeof value === 'number' ? String(value) : value)

/** The order of points is not part of what a request says. */
const sorted = (request: OtlpExport) => ({
  ...request,
  metrics: request.metrics.map((each) => ({
    ...each,
    points: each.points.map((p) => JSON.stringify(p, exact)).sort(),
  })),
})

const seeds = Array.from({ length: 60 }, (_, i) => i + 1)

test('what is written is what the official serializer writes, of random metrics', async () => {
  let compared = 0
  for (const seed of seeds) {
    const random = new Random(seed)
    const all = randomSeries(random)
    const encoder = new MetricsEncoder(resource, 'cumulative')
    for (let push = 0; push < 3; push++) {
      if (all.every(({ size }) => size === 0)) continue
      const [request, ...more] = encode(encoder, all)
      expect(more).toEqual([])
      expect(sorted(decodeExport((request as { bytes: Buffer }).bytes))).toEqual(sorted(await official(all)))
      compared++
      for (const series of all) change(series, random) // what is cached meets what has changed
    }
  }
  expect(compared).toBeGreaterThan(150)
})

/** Whole numbers that the official one writes modulo 2^64, and fractions that it cuts off, are doubles here. */
test.each([
  [0.5, 'double'],
  [2 ** 63, 'double'],
  [Number.NaN, 'double'],
  [2 ** 53, 'int'],
])('a counter of %d goes as %s', (value, kind) => {
  const series = new MetricSeries(metric('counter'))
  series.add(series.create({}, 0), value, 0)
  const [request] = encode(new MetricsEncoder(resource, 'cumulative'), [series])

  const [point] = decodeExport((request as { bytes: Buffer }).bytes).metrics[0]?.points ?? []
  expect([point?.kind, point?.value]).toEqual([kind, value])
})

const pointsIn = (requests: readonly { bytes: Buffer }[]) =>
  requests.flatMap(({ bytes }) =>
    decodeExport(bytes).metrics.flatMap(({ name, points }) =>
      points.map((point) => `${name} ${JSON.stringify(point.attributes)} ${point.value}`),
    ),
  )

test.each([300, 1000, 5000, 30_000])(
  'requests of %d bytes hold each point once and are no larger',
  (maxBytes) => {
    const all = randomSeries(new Random(7))
    for (let i = 0; i < 300; i++) for (const series of all) series.add(series.create({ i }, 0), i, 0)
    const whole = encode(new MetricsEncoder(resource, 'cumulative'), all)
    const parts = encode(new MetricsEncoder(resource, 'cumulative'), all, maxBytes)

    expect(parts.length).toBeGreaterThan(3)
    expect(pointsIn(parts)).toEqual(pointsIn(whole))
    expect(parts.map(({ points }) => points)).toEqual(parts.map((part) => pointsIn([part]).length))
    // A single point may be larger than a request is to be: nobody could send it otherwise.
    for (const { bytes, points } of parts) if (points > 1) expect(bytes.length).toBeLessThanOrEqual(maxBytes)
  },
)

test('where there is nothing there is no request', () => {
  expect(encode(new MetricsEncoder(resource, 'cumulative'), [])).toEqual([])
})

function deltas(temporality: Temporality = 'delta') {
  const counter = new MetricSeries(metric('counter'))
  const histogram = new MetricSeries(metric('histogram'))
  const level = new MetricSeries(metric('updowncounter'))
  const slots = [counter, histogram, level].map((series) => series.create({ a: 'b' }, 1000)) as [
    number,
    number,
    number,
  ]
  const encoder = new MetricsEncoder(resource, temporality)
  let at = 10_000
  /** What is sent now, by metric; `arrives` acknowledges it. */
  function push(arrives: boolean) {
    at += 10_000
    const sources = [counter, histogram, level].map((series) => ({ series, isDone: () => false }))
    const found: Record<string, unknown> = {}
    for (const request of encoder.requests(sources, at, 4 << 20)) {
      for (const { name, kind, points } of decodeExport(Buffer.from(request.bytes)).metrics) {
        for (const { value, counts, startMs, timeMs } of points) {
          found[name.slice('netsonde.test.'.length)] = [kind, counts ?? value, startMs, timeMs]
        }
      }
      if (arrives) request.acknowledge()
    }
    return found
  }
  return { counter, histogram, level, slots, push }
}

test('delta: what was refused is in the next, and what arrived is not sent again', () => {
  const { counter, histogram, level, slots, push } = deltas()
  counter.add(slots[0], 10, 0)
  observe(histogram, slots[1], [0.05], 0)
  level.add(slots[2], 5, 0)
  const current = ['cumulative sum, up and down', 5, 1000]
  expect(push(false)).toEqual({
    counter: ['delta sum', 10, 1000, 20_000],
    histogram: ['delta histogram', [0, 1, 0, 0, 0, 0], 1000, 20_000],
    updowncounter: [...current, 20_000],
  })

  counter.add(slots[0], 1, 0)
  expect(push(true)).toMatchObject({ counter: ['delta sum', 11, 1000, 30_000] })

  counter.add(slots[0], 2, 0)
  observe(histogram, slots[1], [1e12], 0)
  expect(push(true)).toEqual({
    counter: ['delta sum', 2, 30_000, 40_000],
    histogram: ['delta histogram', [0, 0, 0, 0, 0, 1], 30_000, 40_000],
    updowncounter: [...current, 40_000],
  })
  expect(push(true)).toEqual({ updowncounter: [...current, 50_000] })
})

test('delta: what moves between a push and its arrival is in the next', () => {
  const { counter, slots } = deltas()
  const encoder = new MetricsEncoder(resource, 'delta')
  const sources = [{ series: counter, isDone: () => false }]
  const sentBy = (bytes: Uint8Array) => decodeExport(Buffer.from(bytes)).metrics[0]?.points[0]?.value
  counter.add(slots[0], 10, 0)
  for (const request of encoder.requests(sources, 1, 1000)) {
    counter.add(slots[0], 7, 0)
    request.acknowledge()
  }

  expect(Array.from(encoder.requests(sources, 2, 1000), ({ bytes }) => sentBy(bytes))).toEqual([7])
})

test('delta: a slot that is used anew begins at nothing', () => {
  const { counter, slots, push } = deltas()
  counter.add(slots[0], 10, 0)
  push(true)
  counter.finish(slots[0], 0)
  counter.release(Infinity, 0)
  const again = counter.create({ a: 'other' }, 25_000)
  counter.add(again, 3, 0)

  expect(again).toBe(slots[0])
  expect(push(true)).toMatchObject({ counter: ['delta sum', 3, 25_000, 30_000] })
})

test('delta: random traffic with refusals adds up to what was counted, through endings and new slots', () => {
  for (const seed of seeds) {
    const random = new Random(seed)
    const series = new MetricSeries(metric('counter'))
    const encoder = new MetricsEncoder(resource, 'delta')
    let [counted, arrived, done] = [0, 0, true]
    const live: number[] = []
    const push = (accept: () => boolean) => {
      done = true
      for (const request of encoder.requests(
        [{ series, isDone: () => false }],
        nowMs,
        200 + random.below(400),
      )) {
        if (accept()) {
          for (const point of decodeExport(Buffer.from(request.bytes)).metrics[0]?.points ?? [])
            arrived += point.value
          request.acknowledge()
        } else done = false
      }
    }
    for (let step = 0; step < 60; step++) {
      if (random.below(3) === 0) live.push(series.create({ step }, step))
      for (const slot of live) {
        const bytes = random.below(3)
        counted += bytes
        series.add(slot, bytes, step)
      }
      if (live.length > 0 && random.below(5) === 0) series.finish(live.pop() as number, 0)
      push(() => random.below(2) === 0)
      if (done) series.release(Infinity, 0)
    }
    push(() => true)
    expect(arrived).toBe(counted)
    expect(counted).toBeGreaterThan(0)
  }
})

test('a series that ended and was delivered is not sent again', () => {
  const series = new MetricSeries(metric('counter'))
  for (const name of ['ended', 'live']) series.add(series.create({ name }, 0), 1, 0)
  series.finish(0, 0)
  const encoder = new MetricsEncoder(resource, 'cumulative')
  const sent = (isDone: boolean) =>
    Array.from(encoder.requests([{ series, isDone: () => isDone }], nowMs, 1000), ({ points }) => points)

  expect([sent(false), sent(true)]).toEqual([[2], [1]])
})

test('what is kept encoded does not grow with series that come and go', () => {
  const series = new MetricSeries(metric('counter'))
  const image = new PointImage(series, 'delta')
  const live: number[] = []
  let held = 0
  for (let i = 0; i < 20_000; i++) {
    live.push(series.create({ name: `series ${i}` }, 0))
    if (live.length > 100) series.finish(live.shift() as number, 0)
    series.release(Infinity, 0)
    if (i % 10 === 0) image.refresh(nowMs, () => false)
    if (i === 1000) held = image.heldBytes
  }
  expect(image.heldBytes).toBe(held)
})
