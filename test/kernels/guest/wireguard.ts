import { strict as assert } from 'node:assert'
import { configuration, runAgent } from '../../kernel/agent.ts'
import type { Path } from '../../kernel/network.ts'
import { less, quiet } from '../../kernel/traffic.ts'
import { type Sample, sum } from '../../rig/scrape.ts'
import { type Kind, overlay } from './devices.ts'

const PINGS = 20

const size = (samples: readonly Sample[], source: string) => ({
  packets: sum(samples, 'netsonde_flow_packets_total', { source_address: source }),
  bytes: sum(samples, 'netsonde_flow_io_bytes_total', { source_address: source }),
})

/** Pings through WireGuard, seen at one of its ends: the inside is counted, and the outside is its repeat. */
export async function insideOfWireguard(net: Path, kind: Kind): Promise<void> {
  await using over = await overlay(net, kind)
  await using agent = await runAgent(net.client.namespace, configuration('max_flows: 4096'))
  await agent.process.line(new RegExp(`"name":"${over.device}".*"attach":"\\w+"`))
  await quiet(net)
  const before = (await agent.scrape()).samples
  await net.client.namespace.run('ping', '-c', `${PINGS}`, '-i', '0.02', '-s', '100', over.server.ipv4)

  const repeated = (samples: readonly Sample[]) =>
    sum(samples, 'netsonde_capture_packets_total', { outcome: 'repeated' })
  const samples = await agent.until((each) => repeated(each) - repeated(before) >= 2 * PINGS)
  const sent = (by: string) => less(size(samples, by), size(before, by))
  const inside = { packets: PINGS, bytes: PINGS * kind.pingBytes }
  const nothing = { packets: 0, bytes: 0 }
  assert.deepEqual(
    [over.client, over.server, net.client, net.server].map(({ ipv4 }) => sent(ipv4)),
    [inside, inside, nothing, nothing],
    'inside of either end, outside of either end',
  )
}
