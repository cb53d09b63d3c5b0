import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Collector, startCollector } from '../rig/collector.ts'
import { freePort } from '../rig/otlp-server.ts'
import { startProgram } from '../rig/program.ts'
import { type Prometheus, startPrometheus } from '../rig/prometheus.ts'
import { parseScrape, sum } from '../rig/scrape.ts'
import { type Agent, configuration, runAgent } from './agent.ts'
import { type End, link, Namespace, received, segmenting } from './network.ts'

export interface SoakOptions {
  readonly seconds: number
  /** How often the Collector is killed, at even distances, and started again. */
  readonly restarts: number
  /** How long it is away each time. */
  readonly awaySeconds: number
  readonly tell?: (line: string) => void
}

/** Bytes each way, by sender. */
export interface Bytes {
  readonly client: number
  readonly server: number
}

export interface SoakReport {
  /** Of the link's counters. */
  readonly wire: Bytes
  /** The same as each of these has it at the end. */
  readonly metrics: Bytes
  readonly prometheus: Bytes
  readonly collector: Bytes
  /** What the agent said when the Collector was back. */
  readonly outages: readonly { readonly failed: number; readonly away_ms: number }[]
  /** How often a counter fell, as Prometheus saw it and in the lines of the Collector. */
  readonly resets: number
  readonly falls: number
  /** Lines of metrics that the Collectors wrote. */
  readonly exports: number
  readonly agent: { readonly peakMb: number; readonly cpuSeconds: number }
}

/**
 * Real traffic through an agent that a real Prometheus scrapes and that pushes to a real Collector, which is killed and
 * started again. At the end all of them are to have what the wire had.
 */
export async function soak({
  seconds,
  restarts,
  awaySeconds,
  tell = () => {},
}: SoakOptions): Promise<SoakReport> {
  const name = `nsoak${process.pid % 1e9}`
  await using clientSpace = await Namespace.create('client')
  // Others may run this in the same namespace of the machine.
  const [client, server] = await link([clientSpace, 'eth0'], [Namespace.own, name], 100 + (process.pid % 100))
  await segmenting(client, server)
  await segmenting(server, client)
  const wire = async (): Promise<Bytes> => ({
    client: (await received(server)).bytes,
    server: (await received(client)).bytes,
  })
  await still(wire)

  const [metricsPort, healthPort, otlpPort] = [await freePort(), await freePort(), await freePort()]
  const url = `http://127.0.0.1:${metricsPort}/metrics`
  const collectors = new Collectors(otlpPort)
  await using _collectors = collectors
  await collectors.start()
  await using agent = await runAgent(
    Namespace.own,
    configuration(
      `interfaces: {include: [${name}]}`,
      `  otlp_grpc: {endpoint: "127.0.0.1:${otlpPort}", tls: {insecure: true}, interval: 2s, retry_on_failure: {initial_interval: 1s, max_interval: 5s}}`,
    )
      .replace('9464', String(metricsPort))
      .replace('13133', String(healthPort)),
  )
  await using prometheus = await startPrometheus(url)
  const before = await wire()

  const stop = new AbortController()
  const traffic = generate(client, server, stop.signal)
  const begun = performance.now()
  for (let restart = 1; restart <= restarts; restart++) {
    await sleep(Math.max(0, begun + (seconds * 1000 * restart) / (restarts + 1) - performance.now()))
    tell(`collector killed after ${Math.round((performance.now() - begun) / 1000)} s`)
    await collectors.kill()
    await sleep(awaySeconds * 1000)
    await collectors.start()
    tell(`collector back after ${Math.round((performance.now() - begun) / 1000)} s`)
  }
  await sleep(Math.max(0, begun + seconds * 1000 - performance.now()))
  stop.abort()
  await traffic
  const after = await still(wire)

  const onWire = { client: after.client - before.client, server: after.server - before.server }
  const found = await agreed({ onWire, url, prometheus, collectors, ends: { client, server } })
  await collectors.review()
  return {
    wire: onWire,
    ...found,
    outages: outagesOf(agent),
    resets: await resetsIn(prometheus, seconds),
    falls: collectors.falls,
    exports: collectors.exports,
    agent: await costOf(agent.process.pid),
  }
}

/** Waits until nothing moves for a second. */
async function still(wire: () => Promise<Bytes>): Promise<Bytes> {
  let last = await wire()
  for (let same = 0; same < 5; ) {
    await sleep(200)
    const now = await wire()
    same = now.client === last.client && now.server === last.server ? same + 1 : 0
    last = now
  }
  return last
}

const KINDS = [
  ['-n', '30M'],
  ['-n', '20M', '-R'],
  ['-P', '8', '-n', '10M'],
  ['-u', '-b', '20M', '-n', '4M', '-l', '1200'],
]

/** One transfer after another, over IPv4 and IPv6, until it is told to stop; the last one is completed. */
async function generate(client: End, server: End, stop: AbortSignal): Promise<void> {
  const port = String(await freePort())
  for (let round = 0; !stop.aborted; round++) {
    const address = round % 2 ? server.ipv6 : server.ipv4
    await using listening = startProgram('iperf3', ['-s', '-1', '--forceflush', '-B', address, '-p', port])
    await listening.line(/listening/)
    const kind = KINDS[round % KINDS.length] as string[]
    await client.namespace.run('iperf3', '-c', address, '-p', port, ...kind)
    await listening.ended
    await sleep(500)
  }
}

interface Witnesses {
  readonly onWire: Bytes
  readonly url: string
  readonly prometheus: Prometheus
  readonly collectors: Collectors
  readonly ends: { readonly client: End; readonly server: End }
}

const PATIENCE_MS = 60_000

/** Asks all until they say what the wire says, or for a minute. */
async function agreed({ onWire, url, prometheus, collectors, ends }: Witnesses) {
  const bytes = (of: (address: string) => number): Bytes => {
    const sent = ({ ipv4, ipv6 }: End) => of(ipv4) + of(ipv6)
    return { client: sent(ends.client), server: sent(ends.server) }
  }
  const wanted = JSON.stringify(onWire)
  for (const deadline = performance.now() + PATIENCE_MS; ; ) {
    const samples = parseScrape(await (await fetch(url)).text())
    const stored = await prometheus.query('sum by (source_address) (netsonde_flow_io_bytes_total)')
    const written = await collectors.sums()
    const found = {
      metrics: bytes((address) => sum(samples, 'netsonde_flow_io_bytes_total', { source_address: address })),
      prometheus: bytes(
        (address) => stored.find(({ labels }) => labels.source_address === address)?.value ?? 0,
      ),
      collector: bytes((address) => written.get(address) ?? 0),
    }
    const same = Object.values(found).every((each) => JSON.stringify(each) === wanted)
    if (same || performance.now() > deadline) return found
    await sleep(200)
  }
}

/** One Collector after another at the same port. */
class Collectors implements AsyncDisposable {
  private readonly port: number
  private current: Collector | undefined
  falls = 0
  exports = 0

  constructor(port: number) {
    this.port = port
  }

  async start(): Promise<void> {
    this.current = await startCollector(this.port)
  }

  async kill(): Promise<void> {
    await this.current?.kill()
    await this.review()
    await this[Symbol.asyncDispose]()
  }

  /** What the one that runs wrote last of flow.io, by source.address. */
  async sums(): Promise<Map<string, number>> {
    const sums = new Map<string, number>()
    for (const { attributes, value } of (await this.current?.metrics())?.get('netsonde.flow.io')?.points ??
      []) {
      const address = String(attributes['source.address'])
      sums.set(address, (sums.get(address) ?? 0) + value)
    }
    return sums
  }

  /** Looks at all that the one that runs, or was killed, has written. Its last line may have been cut off. */
  async review(): Promise<void> {
    const { file = '' } = (await this.current?.text()) ?? {}
    const newest = new Map<string, number>()
    for (const line of file.slice(0, file.lastIndexOf('\n') + 1).split('\n')) {
      if (line === '') continue
      this.exports++
      for (const [series, value] of flowsIn(JSON.parse(line))) {
        if (value < (newest.get(series) ?? 0)) this.falls++
        newest.set(series, value)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.current
    this.current = undefined
    await ended?.[Symbol.asyncDispose]()
  }
}

interface Written {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string
        readonly sum?: {
          readonly dataPoints: readonly { readonly attributes?: unknown; readonly asInt?: string }[]
        }
      }[]
    }[]
  }[]
}

function flowsIn({ resourceMetrics }: Written): [series: string, value: number][] {
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics)
    .filter(({ name }) => name === 'netsonde.flow.io')
    .flatMap(({ sum }) => sum?.dataPoints ?? [])
    .map(({ attributes, asInt }) => [JSON.stringify(attributes), Number(asInt)])
}

async function resetsIn(prometheus: Prometheus, seconds: number): Promise<number> {
  const range = `${Math.ceil(seconds) + 120}s`
  const of = (name: string) => `sum(resets(netsonde_flow_${name}_total[${range}]))`
  const found = await prometheus.query(`${of('io_bytes')} + ${of('packets')}`)
  return found[0]?.value ?? Number.NaN
}

function outagesOf(agent: Agent): SoakReport['outages'] {
  return agent.process
    .output()
    .split('\n')
    .filter((line) => line.includes('"exports arrive again"'))
    .map((line) => (JSON.parse(line) as { fields: { failed: number; away_ms: number } }).fields)
}

/** @see proc(5): VmHWM, utime and stime in hundredths of a second */
async function costOf(pid: number): Promise<SoakReport['agent']> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const times = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    peakMb: Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024),
    cpuSeconds: (Number(times[11]) + Number(times[12])) / 100,
  }
}
