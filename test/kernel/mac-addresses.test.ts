import { expect } from 'vitest'
import { configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import { type Path, path } from './network.ts'
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

const service = '10.96.0.1'

// The server's ICMP error about the closed port has the service's address behind NAT, and nobody has seen it before.
for (const [name, errorBy, ends] of [
  ['client0', service, (net: Path) => [net.client.mac, net.toClient.mac]],
  ['server0', undefined, (net: Path) => [net.toServer.mac, net.server.mac]],
] as const)
  kernelTest(`of a connection that is translated at both ends, too, at ${name}`, async () => {
    await using net = await path()
    await net.router.run(
      'nft',
      `
table ip nat {
  chain in {
    type nat hook prerouting priority dstnat;
    ip daddr ${service} dnat to ${net.server.ipv4}
  }
  chain out {
    type nat hook postrouting priority srcnat;
    ip daddr ${net.server.ipv4} masquerade
  }
}`,
    )
    await quiet(net)
    await using agent = await runAgent(
      net.router,
      configuration(`mac_addresses: true, interfaces: {include: [${name}]}`).replaceAll(
        'network.transport, network.type]',
        'network.transport, source.mac, destination.mac]',
      ),
    )
    await net.client.namespace.run('ping', '-c', '3', '-i', '0.01', service)
    await net.client.namespace.run('bash', '-c', `echo > /dev/udp/${service}/4242`)

    const up = ends(net)
    const down = up.toReversed()
    const samples = await agent.until((each) => each.filter(isPackets).length >= (errorBy ? 4 : 3))
    expect(
      samples
        .filter(isPackets)
        .map(({ labels }) => [
          ...[labels.network_transport, labels.source_address, labels.destination_address],
          ...[labels.source_mac, labels.destination_mac],
        ])
        .toSorted(),
    ).toEqual(
      [
        ['icmp', net.client.ipv4, net.server.ipv4, ...up],
        ['icmp', net.server.ipv4, net.client.ipv4, ...down],
        ...(errorBy ? [['icmp', errorBy, net.client.ipv4, ...down]] : []),
        ['udp', net.client.ipv4, net.server.ipv4, ...up],
      ].toSorted(),
    )
  })
