import { type Counters, Namespace } from './network.ts'

/** Who sends and receives. All of its packets pass its own interfaces, one by one. */
export interface Endpoint {
  readonly namespace: Namespace
  readonly address: string
  readonly ipv6: string
  readonly interfaces: readonly string[]
}

/** A node with what a packet meets there, and whom it connects. */
export interface Node extends AsyncDisposable {
  /** Where the agent runs. */
  readonly node: Namespace
  /** Two pods on the node's bridge. */
  readonly first: Endpoint
  readonly second: Endpoint
  /** A pod of another node, behind a VXLAN link. */
  readonly remote: Endpoint
  /** Behind the node's two uplinks, which the node translates pods' addresses for. */
  readonly world: Endpoint
  /** A further address of the world, for which nothing is translated. */
  readonly plain: string
}

/** Beside each IPv4 address there is one of IPv6: 10.1.0.11 and fd00:1::11. */
export const ipv6Of = (ipv4: string): string => {
  const [, network, , host] = ipv4.split('.')
  return `fd00:${network}::${host}`
}

/** The service that the node translates to `remote`, and the node's own address where it stands for `first`. */
export const service = '10.96.0.1'
export const nodePort = { address: '10.9.0.1', port: 30_001 }

const PORT = 5201
/** Nobody gets what is sent there, and conntrack never knows it. */
export const dropped = 9999
const rules = `
table ip filter {
  chain forward {
    type filter hook forward priority filter;
    udp dport ${dropped} drop
  }
}
table ip nat {
  chain in {
    type nat hook prerouting priority dstnat;
    ip daddr ${service} meta l4proto { tcp, udp } th dport ${PORT} dnat to 10.2.0.11:${PORT}
    ip daddr ${nodePort.address} meta l4proto { tcp, udp } th dport ${nodePort.port} dnat to 10.1.0.11:${PORT}
  }
  chain out {
    type nat hook postrouting priority srcnat;
    ip saddr 10.1.0.0/24 ip daddr 10.9.0.0/24 oifname "up0" masquerade
  }
}
table ip6 nat {
  chain in {
    type nat hook prerouting priority dstnat;
    ip6 daddr ${ipv6Of(service)} meta l4proto { tcp, udp } th dport ${PORT} dnat to [fd00:2::11]:${PORT}
    ip6 daddr ${ipv6Of(nodePort.address)} meta l4proto { tcp, udp } th dport ${nodePort.port} dnat to [fd00:1::11]:${PORT}
  }
  chain out {
    type nat hook postrouting priority srcnat;
    ip6 saddr fd00:1::/64 ip6 daddr fd00:9::/64 oifname "up0" masquerade
  }
}`

/** Both families' route to a network, or to an address of one. */
async function route(space: Namespace, to: string, rest: string): Promise<void> {
  const six = (words: string) => words.replace(/\b10(\.\d+){3}\b/g, ipv6Of)
  await space.ip(`route add ${to} ${rest}`)
  await space.ip(`-6 route add ${six(to.replace('/24', '/64'))} ${six(rest)}`)
}

/** Gives an interface an address of either family. */
async function addTo(space: Namespace, name: string, address: string, bits = [24, 64]): Promise<void> {
  await space.ip(`addr add ${address}/${bits[0]} dev ${name}`)
  await space.ip(`addr add ${ipv6Of(address)}/${bits[1]} dev ${name} nodad`)
}

/** Makes a neighbour known for good, by either address. */
async function acquaint(space: Namespace, name: string, address: string, mac: string): Promise<void> {
  for (const each of [address, ipv6Of(address)])
    await space.ip(`neigh add ${each} lladdr ${mac} dev ${name} nud permanent`)
}

const macOf = (number: number) => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`

/** A veth whose ends know each other's address, if they have one, and segment what they send. */
async function wire(
  number: number,
  [here, hereName, hereAddress]: [Namespace, string, string?],
  [there, thereName, thereAddress]: [Namespace, string, string?],
): Promise<void> {
  await here.ip(`link add ${hereName} type veth peer name ${thereName} netns ${there.name}`)
  const ends = [
    { space: here, name: hereName, address: hereAddress, mac: macOf(number * 2) },
    { space: there, name: thereName, address: thereAddress, mac: macOf(number * 2 + 1) },
  ] as const
  for (const { space, name, address, mac } of ends) {
    // What is wrapped still fits into 1500.
    await space.ip(
      `link set dev ${name} address ${mac} mtu ${name === 'under0' ? 1500 : 1400} arp off multicast off`,
    )
    await space.run('ethtool', '-K', name, 'tso', 'off', 'gso', 'off', 'gro', 'off')
    if (address) await addTo(space, name, address)
    await space.ip(`link set dev ${name} up`)
  }
  for (const [one, other] of [ends, ends.toReversed()] as const)
    if (one?.address && other?.address) await acquaint(one.space, one.name, other.address, other.mac)
}

/** Namespaces and links that go with the handle. */
export async function makeNode(): Promise<Node> {
  await using stack = new AsyncDisposableStack()
  const spaces = []
  for (const label of ['node', 'first', 'second', 'remote', 'other', 'world']) {
    const space = stack.use(await Namespace.create(label))
    // No link-local addresses, and what is told of groups is told at once: nothing moves by itself.
    await space.sysctl('net.ipv6.conf.default.addr_gen_mode=1', 'net.ipv6.conf.default.accept_ra=0')
    await space.sysctl('net.ipv6.conf.default.router_solicitations=0')
    for (const version of ['v1', 'v2'])
      await space.sysctl(`net.ipv6.conf.default.mld${version}_unsolicited_report_interval=1`)
    await space.sysctl('net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0')
    await space.sysctl('net.ipv4.conf.all.send_redirects=0', 'net.ipv4.conf.default.send_redirects=0')
    spaces.push(space)
  }
  const [node, first, second, remote, other, world] = spaces as [
    Namespace,
    Namespace,
    Namespace,
    Namespace,
    Namespace,
    Namespace,
  ]
  for (const space of [node, other])
    await space.sysctl('net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')

  await node.ip('link add br0 type bridge')
  await node.ip(`link set dev br0 address ${macOf(100)} mtu 1400 multicast off arp off up`)
  await addTo(node, 'br0', '10.1.0.1')
  const pods = [
    [first, 'pod1', '10.1.0.11', 1],
    [second, 'pod2', '10.1.0.12', 2],
  ] as const
  for (const [pod, name, address, number] of pods) {
    await wire(number, [node, name], [pod, 'eth0', address])
    await node.ip(`link set dev ${name} master br0`)
    // Known from the start, so that no frame goes to all ports.
    await node.run('bridge', 'fdb', 'replace', macOf(number * 2 + 1), 'dev', name, 'master', 'static')
    await acquaint(node, 'br0', address, macOf(number * 2 + 1))
    await acquaint(pod, 'eth0', '10.1.0.1', macOf(100))
    await route(pod, 'default', 'via 10.1.0.1')
  }
  await acquaint(first, 'eth0', '10.1.0.12', macOf(5))
  await acquaint(second, 'eth0', '10.1.0.11', macOf(3))

  await wire(3, [node, 'up0', '10.9.0.1'], [world, 'up0', '10.9.0.2'])
  await wire(4, [node, 'up1', '10.8.0.1'], [world, 'up1', '10.8.0.2'])
  await addTo(world, 'lo', '10.3.0.9', [32, 128])
  for (const [uplink, metric] of [
    [9, 1],
    [8, 2],
  ]) {
    await route(node, '10.3.0.9', `via 10.${uplink}.0.2 metric ${metric}`)
    await route(world, '10.1.0.0/24', `via 10.${uplink}.0.1 src 10.3.0.9 metric ${metric}`)
  }

  await wire(5, [node, 'under0', '10.7.0.1'], [other, 'under0', '10.7.0.2'])
  for (const [space, here, there] of [
    [node, 1, 2],
    [other, 2, 1],
  ] as const) {
    await space.ip(
      `link add vx0 type vxlan id 7 local 10.7.0.${here} remote 10.7.0.${there} dstport 4789 dev under0`,
    )
    await space.ip(`link set dev vx0 address ${macOf(110 + here)} mtu 1400 arp off multicast off up`)
    await addTo(space, 'vx0', `10.5.0.${here}`)
    await acquaint(space, 'vx0', `10.5.0.${there}`, macOf(110 + there))
  }
  await wire(6, [other, 'pod0', '10.2.0.1'], [remote, 'eth0', '10.2.0.11'])
  await route(remote, 'default', 'via 10.2.0.1')
  await route(node, '10.2.0.0/24', 'via 10.5.0.2')
  await route(other, '10.1.0.0/24', 'via 10.5.0.1')

  await node.run('nft', rules)
  const endpoint = (namespace: Namespace, address: string, ...interfaces: string[]): Endpoint => ({
    namespace,
    address,
    ipv6: ipv6Of(address),
    interfaces,
  })
  const kept = stack.move()
  return {
    node,
    first: endpoint(first, '10.1.0.11', 'eth0'),
    second: endpoint(second, '10.1.0.12', 'eth0'),
    remote: endpoint(remote, '10.2.0.11', 'eth0'),
    world: endpoint(world, '10.9.0.2', 'up0', 'up1'),
    plain: '10.3.0.9',
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}

/** What an endpoint has sent and received, by its own interfaces. */
export async function countersOf({
  namespace,
  interfaces,
}: Endpoint): Promise<{ sent: Counters; received: Counters }> {
  const sent = { packets: 0, bytes: 0 }
  const received = { packets: 0, bytes: 0 }
  const links = JSON.parse(await namespace.ip('-j -s link')) as {
    ifname: string
    stats64: { rx: Counters; tx: Counters }
  }[]
  for (const { ifname, stats64 } of links) {
    if (!interfaces.includes(ifname)) continue
    for (const [to, from] of [
      [sent, stats64.tx],
      [received, stats64.rx],
    ] as const) {
      to.packets += from.packets
      to.bytes += from.bytes
    }
  }
  return { sent, received }
}
