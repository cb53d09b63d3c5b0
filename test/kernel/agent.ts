import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Program, startProgram } from '../rig/program.ts'
import { parseScrape, type Sample } from '../rig/scrape.ts'
import type { Namespace } from './network.ts'

export const netsonde = fileURLToPath(new URL('../../bin/netsonde', import.meta.url))

/** Whatever else this machine does has sockets too: they are looked at only where `receiver` says so. */
const sockets = (receiver: string) => (receiver.includes('tcp: {') ? '' : ', tcp: {enabled: false}')

/** With addresses as attributes and a Prometheus exporter; `receiver` goes into receivers::ebpf. */
export const configuration = (receiver: string, more = ''): string => `
receivers:
  ebpf: {collection_interval: 200ms, ${receiver}${sockets(receiver)}}
processors:
  cardinality_limit:
    metrics:
      netsonde.flow.io: {attributes: [source.address, destination.address, network.transport, network.type]}
      netsonde.flow.packets: {attributes: [source.address, destination.address, network.transport, network.type]}
exporters:
  prometheus: {endpoint: "127.0.0.1:9464"}
${more}
extensions:
  health_check: {endpoint: "127.0.0.1:13133"}
service:
  extensions: [health_check]
  pipelines:
    metrics: {receivers: [ebpf], processors: [cardinality_limit], exporters: [prometheus${more ? ', otlp_grpc' : ''}]}
`

export interface Agent extends AsyncDisposable {
  readonly process: Program
  scrape(): Promise<{ text: string; samples: Sample[] }>
  /** Scrapes until `done` says so, and fails with the last scrape after ten seconds. */
  until(done: (samples: Sample[]) => boolean | Promise<boolean>): Promise<Sample[]>
}

const TEN_SECONDS = 10_000

/** bin/netsonde in a network namespace, ready. Disposing ends it. `under` are words before the command. */
export async function runAgent(namespace: Namespace, yaml: string, ...under: string[]): Promise<Agent> {
  const folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
  const file = join(folder, 'netsonde.yaml')
  await writeFile(file, yaml)
  const [enter, ...into] = namespace.enter
  const process = startProgram(enter, [...into, ...under, netsonde, 'run', '--config', file])
  const clean = async () => {
    await process[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
  try {
    await process.line(/"ready"/)
  } catch (error) {
    await clean()
    throw error
  }

  async function scrape() {
    const text = await namespace.run('curl', '-sf', 'http://127.0.0.1:9464/metrics')
    return { text, samples: parseScrape(text) }
  }

  return {
    process,
    scrape,
    async until(done) {
      for (const deadline = performance.now() + TEN_SECONDS; ; ) {
        const { text, samples } = await scrape()
        if (await done(samples)) return samples
        if (performance.now() > deadline) throw new Error(`never came to be:\n${text}\n${process.output()}`)
      }
    },
    [Symbol.asyncDispose]: clean,
  }
}
