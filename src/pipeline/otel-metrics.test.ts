import { ValueType } from '@opentelemetry/api'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { observe } from '../../test/rig/observe.ts'
import { metrics } from '../catalogue/metrics.ts'
import { createMetricProducer } from './otel-metrics.ts'
import { SeriesStore } from './series-store.ts'

const resource = { 'service.name': 'netsonde', 'service.version': '1.2.3' }
const describe = ({ name, unit }: { name: string; unit: string }) => ({ name, unit })

async function collect(stores: Iterable<SeriesStore>) {
  const producer = createMetricProducer({ stores, resource, now: () => 1_700_000_005_250.5, describe })
  return (await producer.collect()).resourceMetrics
}

function store(name: string, value: number, startMs: number): SeriesStore {
  const made = new SeriesStore()
  const series = made.of(metrics.find((metric) => metric.name === name) as (typeof metrics)[number])
  series.set(series.create({ 'network.transport': 'tcp' }, startMs), value, startMs)
  return made
}

test('without series there is the resource and no scope', async () => {
  const { resource: described, scopeMetrics } = await collect([new SeriesStore()])

  expect(described.attributes).toEqual(resource)
  expect(scopeMetrics).toEqual([])
})

test.each([
  [
    'netsonde.flow.io',
    { unit: 'By', valueType: ValueType.INT },
    { dataPointType: DataPointType.SUM, isMonotonic: true },
  ],
  [
    'netsonde.capture.coverage',
    { unit: '1', valueType: ValueType.DOUBLE },
    { dataPointType: DataPointType.GAUGE },
  ],
])('%s', async (name, descriptor, kind) => {
  const { scopeMetrics } = await collect([store(name, 7, 1_700_000_000_000)])

  expect(scopeMetrics).toEqual([
    {
      scope: { name: 'netsonde', version: '1.2.3' },
      metrics: [
        {
          ...kind,
          descriptor: {
            name,
            description: metrics.find((metric) => metric.name === name)?.description,
            ...descriptor,
          },
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPoints: [
            {
              attributes: { 'network.transport': 'tcp' },
              startTime: [1_700_000_000, 0],
              endTime: [1_700_000_005, 250_500_000],
              value: 7,
            },
          ],
        },
      ],
    },
  ])
})

test('a store that is added later is seen', async () => {
  const stores = new Set<SeriesStore>()
  const producer = createMetricProducer({ stores, resource, now: () => 0, describe })
  stores.add(store('netsonde.flow.io', 1, 0))

  expect((await producer.collect()).resourceMetrics.scopeMetrics).toHaveLength(1)
})

const io = metrics[0] as (typeof metrics)[number]

test('an up-down counter is a sum that may fall', async () => {
  const made = new SeriesStore()
  const series = made.of({ ...io, instrument: 'updowncounter' })
  series.set(series.create({}, 0), 3, 0)
  const { scopeMetrics } = await collect([made])

  expect(scopeMetrics[0]?.metrics).toMatchObject([
    { dataPointType: DataPointType.SUM, isMonotonic: false, dataPoints: [{ value: 3 }] },
  ])
})

test('a histogram has its bounds, counts, sum and count', async () => {
  const made = new SeriesStore()
  const series = made.of({ ...io, instrument: 'histogram', buckets: [0.1, 1] })
  const slot = series.create({}, 0)
  observe(series, slot, [0.05, 0.5, 0.5, 7], 0)
  const { scopeMetrics } = await collect([made])

  expect(scopeMetrics[0]?.metrics).toMatchObject([
    {
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [{ value: { buckets: { boundaries: [0.1, 1], counts: [1, 2, 1] }, sum: 8.05, count: 4 } }],
    },
  ])
})
