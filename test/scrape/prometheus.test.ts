import { test } from 'vitest'
import { authority } from '../rig/certificate.ts'
import { temporaryDirectory } from '../rig/directory.ts'
import { startPrometheus } from '../rig/prometheus.ts'
import { keyOf, samplesOf } from '../rig/scrape.ts'
import { prometheus } from '../rig/tool.ts'
import { startChain } from './chain.ts'
import { shop } from './shop.ts'

const { missing } = prometheus()

test.concurrent('a real Prometheus has what was put in, and what comes later', async ({ expect, skip }) => {
  skip(missing !== false, String(missing))
  await using chain = await startChain()
  const batches = shop()
  for (const batch of batches.slice(0, 6)) await chain.consume(batch) // two intervals
  await using server = await startPrometheus(chain.url)
  const asked = async (query: string) =>
    Object.fromEntries(
      (await server.query(query)).map(({ labels, value }) => [Object.values(labels).join(), value]),
    )

  await server.scraped()
  const bytes = 'sum by (network_transport, network_type) (netsonde_flow_io_bytes_total)'
  expect(await asked(bytes)).toEqual({
    'icmp,ipv6': 2 * 118,
    'tcp,ipv4': 2 * 88_120_000,
    'tcp,ipv6': 2 * (2 ** 40 + 6400),
    'udp,ipv4': 2 * 4080,
  })
  expect(await asked('sum(netsonde_flow_count_total)')).toEqual({ '': 1 + 1 + 2 * 7 })
  expect(await asked('sum by (outcome, reason) (netsonde_capture_packets_total)')).toEqual({
    accounted: 2 * 726_062_169,
    repeated: 2 * 1200,
    'unparsed,not_ip': 2 * 3,
    'unparsed,truncated': 0,
  })
  expect(
    await asked('sum(netsonde_capture_packets_total) - sum(netsonde_capture_seen_packets_total)'),
  ).toEqual({ '': 0 })
  expect(
    await asked('netsonde_capture_coverage_ratio * on (instance) target_info{service_name="netsonde"}'),
  ).toEqual({
    [new URL(chain.url).host]: 1,
  })

  for (const batch of batches.slice(6)) await chain.consume(batch)
  await server.scraped()
  expect(await asked(bytes)).toMatchObject({ 'tcp,ipv4': 3 * 88_120_000, 'udp,ipv4': 3 * 4080 })
})

test.concurrent('Prometheus has each series of the scrape, with its value', async ({ expect, skip }) => {
  skip(missing !== false, String(missing))
  await using chain = await startChain({
    limit: {
      metrics: { 'netsonde.flow.io': { attributes: ['network.interface.name', 'source.port'], limit: 2 } },
    },
  })
  for (const batch of shop()) await chain.consume(batch)
  const scraped = samplesOf(await chain.scrape())
  await using server = await startPrometheus(chain.url)
  await server.scraped()

  const stored = (await server.query('{__name__=~"netsonde_.*|target_info"}')).map(({ labels, value }) => {
    const { __name__, instance, job, ...own } = labels
    return [keyOf(String(__name__), own), value] as const
  })
  expect(new Map(stored)).toEqual(scraped)
})

test.concurrent('Prometheus asks by TLS, with a certificate and a password, and gets it', async ({
  expect,
  skip,
}) => {
  skip(missing !== false, String(missing))
  await using directory = await temporaryDirectory()
  const ca = authority()
  const [own, scraper] = [ca.issue('netsonde', 'localhost'), ca.issue('prometheus')]
  const caFile = await directory.write('ca.pem', ca.cert)
  const passwordFile = await directory.write('password', 'hunter2')
  await using chain = await startChain({
    prometheus: {
      allow: ['127.0.0.0/8', '::1'],
      tls: {
        cert_file: await directory.write('own.pem', own.cert),
        key_file: await directory.write('own.key', own.key),
        client_ca_file: caFile,
      },
      auth: { basic: { username: 'prometheus', password_file: passwordFile } },
    },
  })
  for (const batch of shop()) await chain.consume(batch)
  await using server = await startPrometheus({
    url: chain.url,
    scrapeConfig: {
      tls_config: {
        ca_file: caFile,
        cert_file: await directory.write('scraper.pem', scraper.cert),
        key_file: await directory.write('scraper.key', scraper.key),
      },
      basic_auth: { username: 'prometheus', password_file: passwordFile },
    },
  })
  await server.scraped()

  const [sum] = await server.query('sum(netsonde_flow_io_bytes_total)')
  expect(sum?.value).toBe(3 * (88_000_000 + 120_000 + 6400 + 2 ** 40 + 980 + 3100 + 118))
})
