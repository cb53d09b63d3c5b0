import { expect } from 'vitest'
import { metrics } from '../../src/catalogue/metrics.ts'
import { prometheusName } from '../../src/exporters/prometheus/names.ts'
import { startCollector } from '../rig/collector.ts'
import { freePort } from '../rig/otlp-server.ts'
import { startProgram } from '../rig/program.ts'
import { startPrometheus } from '../rig/prometheus.ts'
import { lint } from '../rig/promtool.ts'
import { parseScrape } from '../rig/scrape.ts'
import { until } from '../rig/until.ts'
import { configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import { link, Namespace } from './network.ts'

/** Name of each of our metrics, in Prometheus, to the sum of its series. */
type Sums = Record<string, number>

/** Not what exporters tell of their exports: that is never still. */
const names = metrics
  .filter(({ name }) => !name.startsWith('netsonde.exporter.'))
  .map((metric) => ({ otel: metric.name, prometheus: prometheusName(metric) }))
const still = (scrape: string) => scrape.replace(/^.*netsonde_exporter_.*\n/gm, '')
const sumsBy = (sum: (name: (typeof names)[number]) => number): Sums =>
  Object.fromEntries(names.map((name) => [name.prometheus, sum(name)]))

const add = (values: readonly { readonly value: number }[]) =>
  values.reduce((all, { value }) => all + value, 0)

kernelTest(
  '/metrics is clean, and what Prometheus and the Collector have of real traffic equals it',
  async () => {
    const interfaceName = `nsond${process.pid % 1e9}`
    await using clientSpace = await Namespace.create('client')
    const [client, here] = await link(
      [clientSpace, 'eth0'],
      [Namespace.own, interfaceName],
      200 + (process.pid % 50),
    )
    await using collector = await startCollector()
    const [metricsPort, healthPort] = [await freePort(), await freePort()]
    const url = `http://127.0.0.1:${metricsPort}/metrics`
    const { host, port } = collector.endpoint
    await using _agent = await runAgent(
      Namespace.own,
      configuration(
        `interfaces: {include: [${interfaceName}]}`,
        `  otlp_grpc: {endpoint: "${host}:${port}", tls: {insecure: true}, interval: 1s}`,
      )
        .replace('9464', String(metricsPort))
        .replace('13133', String(healthPort)),
    )
    await using prometheus = await startPrometheus(url)

    const iperf3Port = String(await freePort())
    for (const address of [here.ipv4, here.ipv6]) {
      await using server = startProgram('iperf3', [
        '-s',
        '-1',
        '--forceflush',
        '-B',
        address,
        '-p',
        iperf3Port,
      ])
      await server.line(/listening/)
      await client.namespace.run('iperf3', '-c', address, '-p', iperf3Port, '-n', '50M')
      await server.ended
    }

    const scrape = async () => (await fetch(url)).text()
    // Each looks at its own time, so all three are asked until nothing moves between them.
    const found = await until(async () => {
      const text = await scrape()
      const samples = parseScrape(text)
      const agent = sumsBy((name) => add(samples.filter((each) => each.name === name.prometheus)))
      if ((agent.netsonde_flow_io_bytes_total ?? 0) < 100e6) return undefined
      await prometheus.scraped()
      const collected = await collector.metrics()
      const received = sumsBy((name) => add(collected.get(name.otel)?.points ?? []))
      const stored: Sums = {}
      for (const name of names) stored[name.prometheus] = add(await prometheus.query(name.prometheus))
      if (still(await scrape()) !== still(text) || JSON.stringify(received) !== JSON.stringify(agent))
        return undefined
      return { text, agent, received, stored }
    })

    expect(lint(found.text)).toEqual([])
    expect(found.stored).toEqual(found.agent)
    expect(found.received).toEqual(found.agent)
  },
)
