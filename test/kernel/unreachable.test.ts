import { expect } from 'vitest'
import { configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import { path } from './network.ts'

const DATAGRAMS = 3

const yaml = configuration('interfaces: {include: [client0, server0]}').replace(
  '    metrics:\n',
  `    metrics:
      netsonde.flow.unreachable: {attributes: [source.address, destination.address, destination.port, network.transport, error.type]}
`,
)

kernelTest(
  'datagrams to a closed port: each ICMP answer is counted once, for the flow that it quotes',
  async () => {
    await using net = await path()
    await using agent = await runAgent(net.router, yaml)
    // The kernel answers one ICMP error a second to each (net.ipv4.icmp_ratelimit), and the first six at once.
    const destinations = [net.server.ipv4, net.server.ipv6]
    for (const address of destinations)
      for (let i = 0; i < DATAGRAMS; i++)
        await net.client.namespace.run('bash', '-c', `echo hello > /dev/udp/${address}/4242`)

    const seen = await agent.until(
      (samples) =>
        samples
          .filter(({ name }) => name === 'netsonde_flow_unreachable_total')
          .reduce((sum, { value }) => sum + value, 0) >=
        DATAGRAMS * destinations.length,
    )
    const told = seen
      .filter(({ name }) => name === 'netsonde_flow_unreachable_total')
      .map(({ labels, value }) => [
        labels.source_address,
        labels.destination_address,
        labels.destination_port,
        labels.network_transport,
        labels.error_type,
        value,
      ])
    expect(told.toSorted()).toEqual([
      [net.client.ipv4, net.server.ipv4, '4242', 'udp', 'port_unreachable', DATAGRAMS],
      [net.client.ipv6, net.server.ipv6, '4242', 'udp', 'port_unreachable', DATAGRAMS],
    ])
  },
)
