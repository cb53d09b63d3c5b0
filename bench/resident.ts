import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { runAgent } from '../test/kernel/agent.ts'
import { path } from '../test/kernel/network.ts'
import { startProgram } from '../test/rig/program.ts'
import type { Sample } from '../test/rig/scrape.ts'
import type { Figures } from './figures.ts'

const FLOWS = 10_000
const PACKETS_EACH = 2
/** As many as it takes for the heap to have found its size. */
const INTERVALS = 6

const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** config/quickstart.yaml with an OTLP exporter added, in intervals that come sooner. */
async function configuration(): Promise<string> {
  const yaml = await readFile(file('config/quickstart.yaml'), 'utf8')
  return yaml
    .replace('collection_interval: 5s', 'collection_interval: 1s')
    .replace(/^exporters:\n/m, 'exporters:\n  otlp_grpc: { tls: { insecure: true } }\n')
    .replace('exporters: [prometheus]', 'exporters: [prometheus, otlp_grpc]')
}

const seen = (samples: readonly Sample[]) =>
  samples.find(({ name }) => name === 'netsonde_capture_seen_packets_total')?.value ?? 0

/** What the agent holds at most while 10,000 connections move in each interval, from its own process's VmHWM. */
export async function residentFigures(): Promise<Figures> {
  await using net = await path()
  const [enter, ...into] = net.router.enter
  await using sink = startProgram(enter, [...into, process.execPath, file('bench/otlp-sink.ts')])
  await sink.line(/listening/)
  await using agent = await runAgent(net.router, await configuration())

  const { namespace, interface: out } = net.client
  for (let interval = 1; interval <= INTERVALS; interval++) {
    await namespace.run(file('build/test/flood'), out, net.toClient.mac, String(FLOWS))
    await agent.until((samples) => seen(samples) >= interval * FLOWS * PACKETS_EACH)
  }
  const status = await readFile(`/proc/${agent.process.pid}/status`, 'utf8')
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(status) as unknown as [string, string]
  return {
    rss_mb_10k_flows: {
      value: (Number(kilobytes) * 1024) / 1e6,
      unit: 'MB',
      about: "the process's peak, Prometheus and OTLP, 10,000 connections an interval",
      reach: 80,
    },
  }
}
