import { expect, test } from 'vitest'
import { metricByName } from '../../src/catalogue/metrics.ts'
import { prometheusName } from '../../src/exporters/prometheus/names.ts'
import { type Collected, startCollector } from '../rig/collector.ts'
import { freePort } from '../rig/otlp-server.ts'
import { keyOf, samplesOf } from '../rig/scrape.ts'
import { otelcol } from '../rig/tool.ts'
import { startChain } from './chain.ts'
import { shop } from './shop.ts'

const { missing } = otelcol()

/** As they would read in a scrape, without the target. */
function asSamples(collected: Map<string, Collected>): Map<string, number> {
  const samples = [...collected].flatMap(([name, { points }]) => {
    if (name.startsWith('netsonde.exporter.')) return [] // of the exports themselves: never still
    const metric = metricByName.get(name)
    if (!metric) throw new Error(`not in the catalogue: ${name}`)
    return points.map(({ attributes, value }) => {
      const labels = Object.entries(attributes).map(
        ([key, value]) => [key.replaceAll('.', '_'), value] as const,
      )
      return [keyOf(prometheusName(metric), Object.fromEntries(labels)), value] as const
    })
  })
  return new Map(samples)
}

const withoutTarget = (scrape: string) =>
  new Map([...samplesOf(scrape)].filter(([key]) => !key.startsWith('target_info')))

const totalOf = (collected: Map<string, Collected>, name: string) =>
  collected.get(name)?.points.reduce((sum, { value }) => sum + value, 0)

test.for(['gzip', 'none'])(
  'a real Collector (%s) writes what was put in, which is what /metrics says',
  async (compression, { skip }) => {
    skip(missing !== false, String(missing))
    await using collector = await startCollector()
    const { host, port } = collector.endpoint
    const nowMs = Date.UTC(2030, 0, 1, 13)
    await using chain = await startChain({
      otlp: { endpoint: `${host}:${port}`, tls: { insecure: true }, interval: '1s', compression },
      limit: {
        metrics: { 'netsonde.flow.packets': { attributes: ['source.address', 'source.port'], limit: 3 } },
      },
      now: () => nowMs,
    })
    for (const batch of shop()) await chain.consume(batch)

    const complete = 3 * (88_000_000 + 120_000 + 6400 + 2 ** 40 + 980 + 3100 + 118)
    const collected = await collector.metricsOnce((now) => totalOf(now, 'netsonde.flow.io') === complete)
    expect(asSamples(collected)).toEqual(withoutTarget(await chain.scrape()))
    expect(totalOf(collected, 'netsonde.capture.packets')).toBe(
      totalOf(collected, 'netsonde.capture.seen.packets'),
    )

    const io = collected.get('netsonde.flow.io')
    expect(io).toMatchObject({
      unit: 'By',
      kind: 'sum',
      resource: { 'service.name': 'netsonde', 'service.version': '0.1.0', 'host.name': 'node-a' },
    })
    expect(io?.points[0]).toMatchObject({ startMs: Date.UTC(2030, 0, 1, 12), timeMs: nowMs })
    expect(collected.get('netsonde.capture.coverage')).toMatchObject({ unit: '1', kind: 'gauge' })
    expect(chain.otlp.logged).toEqual([])
  },
)

test('what was counted while the Collector was away is there when it is back, up to the last', async ({
  skip,
}) => {
  skip(missing !== false, String(missing))
  const port = await freePort()
  const chain = await startChain({
    otlp: { endpoint: `localhost:${port}`, tls: { insecure: true }, interval: '1s' },
  })
  await using _ = chain
  const [first, second, third] = [shop().slice(0, 3), shop().slice(3, 6), shop().slice(6)]
  for (const batch of first) await chain.consume(batch)
  await chain.otlp.said('export failed; the sums are kept, and the first that arrives brings them')
  for (const batch of second) await chain.consume(batch)

  await using collector = await startCollector(port)
  await collector.metricsOnce((now) => totalOf(now, 'netsonde.capture.seen.packets') === 2 * 726_063_372)
  for (const batch of third) await chain.consume(batch)
  const scraped = withoutTarget(await chain.scrape())
  await chain[Symbol.asyncDispose]() // sends once more, whatever the interval

  const collected = await collector.metricsOnce(
    (now) => totalOf(now, 'netsonde.capture.seen.packets') === 3 * 726_063_372 + 1,
  )
  expect(asSamples(collected)).toEqual(scraped)
})
