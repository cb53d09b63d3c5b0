import { expect } from 'vitest'
import { OWNER_QUERY_BYTES, SocketOwners } from '../../src/native/owners.ts'
import { type Sample, sum } from '../rig/scrape.ts'
import { type Agent, runAgent } from './agent.ts'
import { Cgroup } from './cgroups.ts'
import { heldBy } from './held.ts'
import { kernelTest } from './kernel-test.ts'
import { Namespace, type Path, path } from './network.ts'
import { programsBut } from './refused.ts'
import { type Identity, socketOwner, unknown } from './socket-owner.ts'

const PORT = 17_790 // of nobody

const ends = (...names: string[]) =>
  ['source', 'destination'].flatMap((side) => names.map((name) => `${side}.${name}`)).join(', ')
const owners = ends('address', 'process.pid', 'process.executable.name', 'process.linux.cgroup')

/** All that a row can be told apart by here, and fast. */
const configuration = (receiver: string) => `
receivers:
  ebpf: {collection_interval: 200ms, ${receiver}}
processors:
  cardinality_limit:
    metrics:
      netsonde.flow.packets: {attributes: [${owners}, network.transport]}
      netsonde.tcp.connection.attempts: {attributes: [${owners}, netsonde.observer.side, outcome]}
      netsonde.tcp.connection.active: {attributes: [${owners}, netsonde.observer.side]}
exporters:
  prometheus: {endpoint: "127.0.0.1:9464"}
service:
  pipelines:
    metrics: {receivers: [ebpf], processors: [cardinality_limit], exporters: [prometheus]}
`

interface Ends {
  readonly path: Path
  readonly client: Cgroup
  readonly server: Cgroup
}

async function twoEnds(): Promise<Ends & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const client = stack.use(await Cgroup.create('client'))
  const server = stack.use(await Cgroup.create('server'))
  // An address that other tests' namespaces have, too, would be nobody's.
  const subnet = 64 + (process.pid % 90) * 2
  const net = stack.use(await path([subnet, subnet + 1]))
  const kept = stack.move()
  return { path: net, client, server, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() }
}

const agentAt = (namespace: Namespace, name: string, more = 'socket_owners: true'): Promise<Agent> =>
  runAgent(namespace, configuration(`interfaces: {include: [${name}]}, ${more}`))

const labels = (side: 'source' | 'destination', { pid, name, cgroup }: Identity) => ({
  [`${side}_process_pid`]: pid,
  [`${side}_process_executable_name`]: name,
  [`${side}_process_linux_cgroup`]: cgroup,
})

/** Packets from an address that this one has sent, and that one has received. */
const packets = (
  samples: readonly Sample[],
  [from, source]: [string, Identity],
  [to, destination]: [string, Identity],
  transport: string,
) =>
  sum(samples, 'netsonde_flow_packets_total', {
    source_address: from,
    destination_address: to,
    network_transport: transport,
    ...labels('source', source),
    ...labels('destination', destination),
  })

/** All of a transport's packets between two addresses, both ways, are of these two. */
function expectAll(
  samples: readonly Sample[],
  [a, one]: [string, Identity],
  [b, other]: [string, Identity],
  transport: string,
  least = 1,
): void {
  for (const [from, to] of [
    [
      [a, one],
      [b, other],
    ],
    [
      [b, other],
      [a, one],
    ],
  ] as [[string, Identity], [string, Identity]][]) {
    const all = sum(samples, 'netsonde_flow_packets_total', {
      source_address: from[0],
      destination_address: to[0],
      network_transport: transport,
    })
    expect(all, `${transport} ${from[0]}`).toBeGreaterThanOrEqual(least)
    expect(packets(samples, from, to, transport), `${transport} ${from[0]}`).toBe(all)
  }
}

const all = (samples: readonly Sample[], transport: string) =>
  sum(samples, 'netsonde_flow_packets_total', { network_transport: transport })

kernelTest('of connections from before the start it is known whose both ends are', async () => {
  await using net = await twoEnds()
  const { client, server } = net.path
  await using serving = await socketOwner(server.namespace, net.server, 'serving')
  await using asking = await socketOwner(client.namespace, net.client, 'asking')
  await serving.ask(`listen :: ${PORT}`, `bind :: ${PORT}`)
  for (const to of [server.ipv4, server.ipv6])
    await asking.ask(`tcp ${to} ${PORT}`, `udp ${to} ${PORT}`, `from ${to} ${PORT}`)
  await using agent = await agentAt(net.path.router, 'client0')
  for (let i = 0; i < 10; i++) await asking.ask('again')
  const active = (samples: readonly Sample[]) =>
    [client.ipv4, client.ipv6].flatMap((from) =>
      ['source', 'destination'].map((side) =>
        sum(samples, 'netsonde_tcp_connection_active', {
          netsonde_observer_side: side,
          ...labels('source', asking.identity),
          ...labels('destination', serving.identity),
          source_address: from,
        }),
      ),
    )
  const samples = await agent.until(
    (each) => all(each, 'udp') >= 80 && all(each, 'tcp') >= 40 && active(each).join() === '1,1,1,1',
  )
  for (const family of ['ipv4', 'ipv6'] as const)
    for (const transport of ['tcp', 'udp'])
      expectAll(samples, [client[family], asking.identity], [server[family], serving.identity], transport, 10)
})

kernelTest(
  'in a namespace that has no connections a socket for datagrams is known by its address, too',
  async () => {
    await using net = await twoEnds()
    const { client, server } = net.path
    await using serving = await socketOwner(server.namespace, net.server, 'serving')
    await using asking = await socketOwner(client.namespace, net.client, 'asking')
    await serving.ask(`bind :: ${PORT}`)
    await asking.ask(`from ${server.ipv4} ${PORT}`, `from ${server.ipv6} ${PORT}`)
    await using agent = await agentAt(net.path.router, 'client0')
    for (let i = 0; i < 5; i++) await asking.ask('again')
    const samples = await agent.until((each) => all(each, 'udp') >= 20)
    for (const family of ['ipv4', 'ipv6'] as const)
      expectAll(samples, [client[family], asking.identity], [server[family], serving.identity], 'udp', 5)
  },
)

kernelTest('an address that a namespace has to which no way leads is not told to be its', async () => {
  await using net = await twoEnds()
  await using apart = await Namespace.create('apart')
  await apart.ip('link add apart0 type veth peer name apart1')
  await apart.ip('link set apart0 up')
  await apart.ip('addr add 10.99.99.9/24 dev apart0')
  await using serving = await socketOwner(apart, net.server, 'serving')
  await serving.ask(`bind :: ${PORT}`)
  await using agent = await agentAt(net.path.router, 'client0')
  await net.path.client.namespace.run('bash', '-c', `echo > /dev/udp/10.99.99.9/${PORT}`)
  const samples = await agent.until((each) => all(each, 'udp') > 0)
  const [told] = samples.filter(({ labels }) => labels.destination_address === '10.99.99.9')
  expect(told?.labels).not.toHaveProperty('destination_process_pid')
})

const attempts = (samples: readonly Sample[], side: string, source: Identity, destination: Identity) =>
  sum(samples, 'netsonde_tcp_connection_attempts_total', {
    netsonde_observer_side: side,
    outcome: 'success',
    ...labels('source', source),
    ...labels('destination', destination),
  })

kernelTest(
  'of connections that come and go between two looks each packet and each attempt is told',
  async () => {
    await using net = await twoEnds()
    const { client, server } = net.path
    await using serving = await socketOwner(server.namespace, net.server, 'serving')
    await using asking = await socketOwner(client.namespace, net.client, 'asking', { ownPids: true })
    await serving.ask(`listen :: ${PORT}`)
    await using agent = await agentAt(net.path.router, 'client0')
    for (let i = 0; i < 20; i++)
      for (const to of [server.ipv4, server.ipv6]) await asking.ask(`once ${to} ${PORT}`)
    const [a, b] = [asking.identity, serving.identity]
    const samples = await agent.until(
      (each) => attempts(each, 'source', a, b) + attempts(each, 'destination', a, b) >= 80,
    )
    expect(attempts(samples, 'source', a, b)).toBe(40)
    expect(attempts(samples, 'destination', a, b)).toBe(40)
    for (const family of ['ipv4', 'ipv6'] as const)
      expectAll(samples, [client[family], a], [server[family], b], 'tcp', 20 * 4)
  },
)

const common = ({ cgroup }: Identity) => ({ ...unknown, cgroup })

for (const [title, transport, share, expected] of [
  ['one process listens at is its', 'tcp', undefined, (one: Identity) => one],
  ['one process takes datagrams at is its', 'udp', undefined, (one: Identity) => one],
  ['a process and its child listen at is of the cgroup that they have in common', 'tcp', 'fork heir', common],
  ['a process and its child take datagrams at is so, too', 'udp', 'fork heir', common],
  [
    'workers of one name listen at has that, too',
    'tcp',
    'fork serving',
    ({ name, cgroup }: Identity) => ({ ...unknown, name, cgroup }),
  ],
  ['processes of different cgroups share (SO_REUSEPORT) is nobody’s', 'tcp', 'port', () => unknown],
  ['processes of different cgroups share for datagrams is nobody’s', 'udp', 'port', () => unknown],
] as const)
  kernelTest(`what comes to a port that ${title}`, async () => {
    await using net = await twoEnds()
    const { client, server } = net.path
    const [udp, open] = [transport === 'udp', `${transport === 'udp' ? 'bind' : 'listen'} :: ${PORT}`]
    // Deaf: the connection waits to be accepted, and is no process's yet.
    await using serving = await socketOwner(server.namespace, net.server, 'serving', { deaf: !udp })
    await using other = await socketOwner(server.namespace, net.client, 'other', { deaf: !udp })
    await using asking = await socketOwner(client.namespace, net.client, 'asking')
    await serving.ask(open)
    if (share === 'port') await other.ask(open)
    else if (share) await serving.fork(share.slice('fork '.length))
    if (udp) await asking.ask(`udp ${server.ipv4} ${PORT}`, `udp ${server.ipv6} ${PORT}`)
    await using agent = await agentAt(server.namespace, 'eth0')
    if (udp) for (let i = 0; i < 5; i++) await asking.ask('again')
    else await asking.ask(`call ${server.ipv4} ${PORT}`, `call ${server.ipv6} ${PORT}`)
    const samples = await agent.until((each) => all(each, transport) >= (udp ? 20 : 6))
    for (const family of ['ipv4', 'ipv6'] as const)
      expectAll(
        samples,
        [client[family], asking.identity],
        [server[family], expected(serving.identity)],
        transport,
      )
  })

kernelTest('a socket that is handed on is nobody’s while two have it, and then the heir’s', async () => {
  await using net = await twoEnds()
  const { client, server } = net.path
  await using serving = await socketOwner(server.namespace, net.server, 'serving')
  await using asking = await socketOwner(client.namespace, net.client, 'asking')
  await serving.ask(`listen :: ${PORT}`)
  await using agent = await agentAt(net.path.router, 'client0')
  await asking.ask(`tcp ${server.ipv4} ${PORT}`)
  const active = (samples: readonly Sample[], source: Identity) =>
    ['source', 'destination'].map((side) =>
      sum(samples, 'netsonde_tcp_connection_active', {
        netsonde_observer_side: side,
        ...labels('source', source),
        ...labels('destination', serving.identity),
      }),
    )
  const isOf = (source: Identity) => (samples: readonly Sample[]) => active(samples, source).join() === '1,1'
  await agent.until(isOf(asking.identity))
  const heir = await asking.fork('heir')
  const shared = await agent.until(isOf(common(heir)))
  expect(active(shared, asking.identity)).toEqual([0, 0])
  await asking.ask('drop')
  const handed = await agent.until(isOf(heir))
  expect(active(handed, common(heir))).toEqual([0, 0])
})

kernelTest('a port that two use one after another is nobody’s in that interval', async () => {
  await using net = await twoEnds()
  const { client, server } = net.path
  await using serving = await socketOwner(server.namespace, net.server, 'serving')
  await using first = await socketOwner(client.namespace, net.client, 'first')
  await using second = await socketOwner(client.namespace, net.client, 'second')
  await serving.ask(`bind :: ${PORT}`)
  await using agent = await agentAt(net.path.router, 'client0')
  for (const one of [first, second]) await one.ask(`own any ${PORT}`)
  await first.ask(`udp ${server.ipv4} ${PORT}`, 'drop')
  await second.ask(`udp ${server.ipv4} ${PORT}`)
  await agent.until((each) => all(each, 'udp') >= 4)
  await second.ask('again')
  const later = (samples: readonly Sample[]) =>
    sum(samples, 'netsonde_flow_packets_total', {
      source_address: client.ipv4,
      network_transport: 'udp',
      ...labels('source', second.identity),
    })
  const samples = await agent.until(async (each) => {
    if (later(each) > 0) return true
    await second.ask('again')
    return false
  })
  expect(
    sum(samples, 'netsonde_flow_packets_total', {
      source_address: client.ipv4,
      network_transport: 'udp',
      ...labels('source', unknown),
    }),
  ).toBeGreaterThanOrEqual(2)
  expect(sum(samples, 'netsonde_flow_packets_total', labels('source', first.identity))).toBe(0)
})

kernelTest('two connections with the same ends in two namespaces are told apart', async () => {
  await using net = await twoEnds()
  const { client, server, router } = net.path
  await using agent = await agentAt(router, 'client0')
  await using stack = new AsyncDisposableStack()
  const pairs: [Identity, Identity][] = []
  for (const [name, { namespace }] of Object.entries({ client, server })) {
    const serving = stack.use(await socketOwner(namespace, net.server, `${name}s`))
    const asking = stack.use(await socketOwner(namespace, net.client, `${name}c`))
    await serving.ask(`listen :: ${PORT}`)
    await asking.ask(`own any ${PORT + 1}`, `tcp 127.0.0.1 ${PORT}`)
    pairs.push([asking.identity, serving.identity])
  }
  const active = (samples: readonly Sample[], side: string, [source, destination]: [Identity, Identity]) =>
    sum(samples, 'netsonde_tcp_connection_active', {
      netsonde_observer_side: side,
      ...labels('source', source),
      ...labels('destination', destination),
    })
  await agent.until((samples) =>
    ['source', 'destination'].every((side) => pairs.every((pair) => active(samples, side, pair) === 1)),
  )
})

kernelTest('behind a service’s address a client is known by its socket, and so is the server', async () => {
  await using net = await twoEnds()
  const { client, server, router } = net.path
  await using serving = await socketOwner(server.namespace, net.server, 'serving')
  await using asking = await socketOwner(client.namespace, net.client, 'asking')
  await serving.ask(`listen :: ${PORT}`)
  const rule = `ip daddr 10.9.9.9 tcp dport 80 dnat to ${server.ipv4}:${PORT}`
  await router.run(
    'nft',
    `add table ip owners; add chain ip owners pre {type nat hook prerouting priority -100;}; add rule ip owners pre ${rule}`,
  )
  await using agent = await runAgent(
    router,
    configuration('interfaces: {include: [client0, server0]}, socket_owners: true'),
  )
  await asking.ask('tcp 10.9.9.9 80')
  for (let i = 0; i < 5; i++) await asking.ask('again')
  const samples = await agent.until((each) => all(each, 'tcp') >= 16)
  expectAll(samples, [client.ipv4, asking.identity], [server.ipv4, serving.identity], 'tcp', 8)
})

kernelTest('at sockets the process comes to the cgroup', async () => {
  await using net = await twoEnds()
  const { client, server } = net.path
  await using serving = await socketOwner(server.namespace, net.server, 'serving')
  await using asking = await socketOwner(client.namespace, net.client, 'asking')
  await serving.ask(`listen :: ${PORT}`)
  await using agent = await runAgent(
    net.path.router,
    configuration(`attach: cgroup, cgroup: ${net.client.path}, socket_owners: true`),
  )
  await asking.ask(`tcp ${server.ipv4} ${PORT}`, 'again')
  const samples = await agent.until((each) => all(each, 'tcp') >= 4)
  // Of the other end no socket is among those that are counted.
  const own = { ...labels('source', asking.identity), source_address: client.ipv4 }
  expect(sum(samples, 'netsonde_flow_packets_total', own)).toBe(
    sum(samples, 'netsonde_flow_packets_total', { source_address: client.ipv4 }),
  )
  const { pid } = serving.identity
  expect(
    sum(samples, 'netsonde_flow_packets_total', { ...own, destination_process_pid: pid }),
  ).toBeGreaterThan(0)
})

kernelTest('without socket_owners nothing is told, and nothing runs', async () => {
  await using net = await twoEnds()
  const { client, server } = net.path
  await using serving = await socketOwner(server.namespace, net.server, 'serving')
  await using asking = await socketOwner(client.namespace, net.client, 'asking')
  await serving.ask(`listen :: ${PORT}`)
  const programs: number[] = []
  for (const on of [true, false]) {
    await using agent = await agentAt(net.path.router, 'client0', `socket_owners: ${on}`)
    await asking.ask(`tcp ${server.ipv4} ${PORT}`)
    const samples = await agent.until((each) => all(each, 'tcp') > 0)
    const state = on ? 'available' : 'disabled'
    for (const feature of ['owners.open', 'owners.events'])
      expect(sum(samples, 'netsonde_capability', { feature, state }), feature).toBe(1)
    expect(samples.some(({ labels }) => 'source_process_pid' in labels)).toBe(on)
    programs.push((await heldBy(agent.process.pid)).filter((each) => each.startsWith('prog')).length)
  }
  expect(programs[0]).toBe((programs[1] as number) + 3)
})

for (const [feature, object, lost] of [
  ['owners.events', 'owners_events', 'of connections that come and go in between'],
  ['owners.open', 'owners_open', 'of sockets that stay'],
] as const)
  kernelTest(`a kernel that refuses ${feature} costs the owners ${lost}`, async () => {
    await using programs = await programsBut(object)
    await using net = await twoEnds()
    const { client, server } = net.path
    await using serving = await socketOwner(server.namespace, net.server, 'serving')
    await using asking = await socketOwner(client.namespace, net.client, 'asking')
    await serving.ask(`bind :: ${PORT}`, `listen :: ${PORT}`)
    await asking.ask(`udp ${server.ipv4} ${PORT}`, `own any ${PORT}`)
    using owners = new SocketOwners(true, programs.folder)
    expect(owners.features.filter(({ code }) => code !== '').map(({ name }) => name)).toEqual([feature])
    await asking.ask(`once ${server.ipv4} ${PORT}`)
    await owners.look()
    const pidOf = async (protocol: number, port: number) => {
      const query = Buffer.alloc(OWNER_QUERY_BYTES)
      for (const [i, address] of [client.ipv4, server.ipv4].entries())
        query.set([0xff, 0xff, ...address.split('.').map(Number)], i * 16 + 10)
      for (const [i, each] of [port, PORT].entries()) query.writeUInt16LE(each, 32 + i * 2)
      query[40] = protocol
      const { ends, pids } = await owners.ask(query)
      return pids[(ends[0] as number) - 1]
    }
    const [, udpPort] = /:(\d+)\s/.exec(await client.namespace.run('ss', '-Hun', 'dst', server.ipv4)) ?? []
    const told = { stays: await pidOf(17, Number(udpPort)), goes: await pidOf(6, PORT) }
    const pid = Number(asking.identity.pid)
    const isKnown = { stays: told.stays === pid, goes: told.goes === pid }
    expect(isKnown).toEqual({ stays: feature !== 'owners.open', goes: feature !== 'owners.events' })
  })
