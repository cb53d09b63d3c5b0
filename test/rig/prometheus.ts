import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from './program.ts'
import { pathOf, prometheus } from './tool.ts'
import { until } from './until.ts'

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Prometheus extends AsyncDisposable {
  readonly url: string
  /** @param promql an instant query that gives a vector */
  query(promql: string): Promise<Sample[]>
  /** Resolves when a scrape of each target that began after the call has succeeded. */
  scraped(): Promise<void>
}

/**
 * A real Prometheus with a storage of its own that scrapes five times a second.
 *
 * @param targets what it scrapes, as http://localhost:9464/metrics; or with more of its scrape_config, as tls_config
 */
export async function startPrometheus(...targets: (string | Target)[]): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'netsonde-prometheus-'))
  await writeFile(join(directory, 'prometheus.yaml'), JSON.stringify(configFor(targets)))
  const program = startProgram(pathOf(prometheus()), [
    `--config.file=${join(directory, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ])
  const close = async () => {
    await program[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  }
  try {
    const [, address] = await program.line(/msg="?Listening on"? address=(\S+)/)
    const url = `http://${address}`
    await until(async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined))
    const query = (promql: string) => ask(url, promql)
    const scraped = async () => {
      const beginning = Date.now() / 1000
      // A sample's time is when its scrape began.
      const fresh = `(timestamp(up) > ${beginning}) and (up == 1)`
      await until(async () => ((await query(fresh)).length === targets.length ? true : undefined))
    }
    return { url, query, scraped, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function ask(url: string, promql: string): Promise<Sample[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(promql)}`)
  const { status, error, data } = (await response.json()) as QueryResponse
  if (status !== 'success') throw new Error(`${promql}: ${error}`)
  return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }))
}

/** @see https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
interface QueryResponse {
  readonly status: string
  readonly error?: string
  readonly data: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] }
}

interface Target {
  readonly url: string
  readonly scrapeConfig: object
}

function configFor(targets: readonly (string | Target)[]): object {
  return {
    global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
    scrape_configs: targets.map((target, i) => {
      const { url, scrapeConfig } = typeof target === 'string' ? { url: target, scrapeConfig: {} } : target
      const { protocol, host, pathname } = new URL(url)
      return {
        job_name: `target-${i}`,
        scheme: protocol.slice(0, -1),
        metrics_path: pathname,
        static_configs: [{ targets: [host] }],
        ...scrapeConfig,
      }
    }),
  }
}
