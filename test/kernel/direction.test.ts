import { expect } from 'vitest'
import { type Sample, sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { type Path, path } from './network.ts'
import { iperf3 } from './traffic.ts'

const told = configuration('interfaces: {include: [client0]}').replaceAll(
  'network.transport, network.type',
  'netsonde.flow.direction, netsonde.flow.direction.evidence',
)

const packets = (samples: Sample[], from: string, direction: string, evidence: string) =>
  sum(samples, 'netsonde_flow_packets_total', {
    source_address: from,
    netsonde_flow_direction: direction,
    netsonde_flow_direction_evidence: evidence,
  })

/** One UDP datagram from the client to the server, as a frame of its own. */
async function datagram({ client, toClient }: Path, ports: string): Promise<void> {
  const ethernet = `${toClient.mac}${client.mac}0800`.replaceAll(':', '')
  const ip = '4500001c000000004011' + '0000' + '0a000101' + '0a000201'
  await client.namespace.run(
    `${root}build/test/send_frame`,
    client.interface,
    `${ethernet}${ip}${ports}00080000`,
  )
}

kernelTest('a SYN tells the client, whichever port is lower', async () => {
  await using net = await path()
  await using agent = await runAgent(net.router, told)
  await iperf3(net, net.server.ipv4, '-p', '5201', '--cport', '1025', '-n', '1M')
  const samples = await agent.until(
    (each) =>
      packets(each, net.client.ipv4, 'forward', 'syn') > 1e6 / 1500 &&
      packets(each, net.server.ipv4, 'reverse', 'syn') > 0,
  )
  for (const source_address of [net.client.ipv4, net.server.ipv4]) // the kernel tells of its groups (MLD) when it likes
    expect(
      sum(samples, 'netsonde_flow_packets_total', { source_address, netsonde_flow_direction: 'unknown' }),
    ).toBe(0)
})

for (const [title, ports, direction, evidence] of [
  ['a known port of a server tells the client', 'c0000035', 'forward', 'known_port'], // 49152 to 53
  ['and tells it of the answer too', '0035c000', 'reverse', 'known_port'],
  ['with both ports known nobody knows', '00350035', 'unknown', 'none'],
  ['a lower port tells nothing', 'c0000400', 'unknown', 'none'], // 49152 to 1024
] as const)
  kernelTest(title, async () => {
    await using net = await path()
    await using agent = await runAgent(net.router, told)
    await datagram(net, ports)
    const from = net.client.ipv4
    const samples = await agent.until(
      (each) => sum(each, 'netsonde_flow_packets_total', { source_address: from }) > 0,
    )
    expect(packets(samples, from, direction, evidence)).toBe(1)
  })
