import { expect } from 'vitest'
import { configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import { path } from './network.ts'
import { quiet } from './traffic.ts'

for (const on of [true, false])
  kernelTest(`mac_addresses: ${on} tells ${on ? 'from where to where frames went' : 'none'}`, async () => {
    await using net = await path()
    await quiet(net)
    await using agent = await runAgent(
      net.router,
      configuration(`mac_addresses: ${on}, interfaces: {include: [client0]}`).replaceAll(
        'network.transport, network.type]',
        'source.mac, destination.mac]',
      ),
    )
    for (const address of [net.server.ipv4, net.server.ipv6])
      await net.client.namespace.run('ping', '-c', '3', '-i', '0.01', address)

    const samples = await agent.until((each) => each.filter(isPackets).length >= 4)
    const told = samples
      .filter(isPackets)
      .map(({ labels }) => [labels.source_address, labels.source_mac, labels.destination_mac])
    const { client, toClient } = net
    const up = on ? [client.mac, toClient.mac] : [undefined, undefined]
    const down = up.toReversed()
    expect(told.toSorted()).toEqual(
      [
        [client.ipv4, ...up],
        [client.ipv6, ...up],
        [net.server.ipv4, ...down],
        [net.server.ipv6, ...down],
      ].toSorted(),
    )
  })

const isPackets = ({ name }: { readonly name: string }) => name === 'netsonde_flow_packets_total'
