import { expect } from 'vitest'
import type { Sample } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import { type Path, path } from './network.ts'
import { connect, hold, serve } from './tcp-peer.ts'

const told = `{attributes: [netsonde.observer.side, destination.address, destination.port, outcome, error.type, network.io.direction, netsonde.flow.direction]}`
const yaml = (tcp: string) =>
  configuration(`interfaces: {include: [client0, server0]}, tcp: ${tcp}`).replace(
    '    metrics:\n',
    `    metrics:
      netsonde.tcp.connection.attempts: ${told.replace(', network.io.direction, netsonde.flow.direction', '')}
      netsonde.tcp.resets: ${told.replace(', outcome, error.type', '')}
`,
  )

/** Nobody else's: the agent sees the sockets of all namespaces. */
const firstPort = 20_000 + (process.pid % 400) * 20

/**
 * What happens, and what is seen of it: attempts by side and outcome, resets by side and direction. `passing` is what
 * the router tells from packets alone. `server: ` is what is seen under the server's own address.
 */
interface Row {
  readonly title: string
  readonly to?: (net: Path, family: 4 | 6) => string
  readonly prepare?: (net: Path, address: string, port: number) => Promise<AsyncDisposable[]>
  readonly patienceMs?: number
  /** What the client's program is told. */
  readonly says: RegExp
  readonly seen: readonly string[]
  readonly passing: readonly string[]
}

const server = (net: Path, family: 4 | 6) => (family === 4 ? net.server.ipv4 : net.server.ipv6)
const nowhere = (_: Path, family: 4 | 6) => (family === 4 ? '10.77.0.1' : 'fd77::1')

const service = (_: Path, family: 4 | 6) => (family === 4 ? '10.66.0.1' : 'fd66::1')

/** The server's host answers a SYN with an ICMP error. */
const rejected =
  (type4: string, type6: string): NonNullable<Row['prepare']> =>
  async (net, address, port) => {
    const [family, icmp] = address.includes(':')
      ? ['ip6', `icmpv6 type ${type6}`]
      : ['ip', `icmp type ${type4}`]
    const rule = `add rule inet truth in tcp dport ${port} ${family} daddr ${address} reject with ${icmp}`
    await net.server.namespace.run('nft', rule)
    return []
  }

/** docs/tcp.md */
const rows: readonly Row[] = [
  {
    title: "a closed port of the agent's own host, where no socket tells it",
    to: (net, family) => (family === 4 ? net.toClient.ipv4 : net.toClient.ipv6),
    says: /^ECONNREFUSED$/,
    seen: ['source failure refused', 'source receive', 'destination failure refused'],
    passing: ['destination failure refused'],
  },
  {
    title: 'accepted',
    prepare: async (net, address, port) => [await serve(net.server.namespace, address, port, 'close')],
    says: /^connected closed$/,
    seen: ['source success', 'destination success'],
    passing: ['transit success'],
  },
  {
    title: 'accepted, behind an address that the router translates',
    to: service,
    prepare: async (net, address, port) => {
      const [family, to] = address.includes(':') ? ['ip6', net.server.ipv6] : ['ip', net.server.ipv4]
      const rule = `add rule inet truth pre ${family} daddr ${address} tcp dport ${port} dnat ${family} to ${to}`
      await net.router.run('nft', rule)
      return [await serve(net.server.namespace, server(net, family === 'ip' ? 4 : 6), port, 'close')]
    },
    says: /^connected closed$/,
    seen: ['source success', 'server: destination success'],
    passing: ['transit success'],
  },
  {
    title: 'a closed port: RST in answer to SYN',
    says: /^ECONNREFUSED$/,
    seen: ['source failure refused', 'source receive', 'destination failure refused'],
    passing: ['destination failure refused', 'transit reverse'],
  },
  {
    title: 'port unreachable in answer to SYN',
    prepare: rejected('port-unreachable', 'port-unreachable'),
    says: /^ECONNREFUSED$/,
    seen: ['source failure refused', 'destination failure refused'],
    passing: ['destination failure refused'],
  },
  {
    title: 'host unreachable',
    prepare: rejected('host-unreachable', 'addr-unreachable'),
    says: /^EHOSTUNREACH$/,
    seen: ['source failure host_unreachable', 'destination failure host_unreachable'],
    passing: ['destination failure host_unreachable'],
  },
  {
    title: 'net unreachable',
    prepare: rejected('net-unreachable', 'no-route'),
    says: /^ENETUNREACH$/,
    seen: ['source failure net_unreachable', 'destination failure net_unreachable'],
    passing: ['destination failure net_unreachable'],
  },
  {
    title: 'SYNs unanswered',
    to: nowhere,
    says: /^ETIMEDOUT$/,
    seen: ['source failure timeout'],
    passing: ['transit failure timeout'],
  },
  {
    title: 'SYNs unanswered until the program gives up, after one was sent again',
    to: nowhere,
    patienceMs: 1500,
    says: /^gave up$/,
    seen: ['source failure timeout'],
    passing: ['transit failure timeout'],
  },
  {
    title: 'a program that gives up before a SYN is sent again',
    to: nowhere,
    patienceMs: 300,
    says: /^gave up$/,
    seen: ['source failure aborted'],
    passing: ['transit failure timeout'], // packets do not tell that the program gave up
  },
  {
    title: 'reset after accept is a success that was reset',
    prepare: async (net, address, port) => [await serve(net.server.namespace, address, port, 'reset')],
    says: /^connected ECONNRESET$/,
    seen: ['source success', 'destination success', 'source receive', 'destination transmit'],
    passing: ['transit success', 'transit reverse'],
  },
  {
    title: 'a full accept queue: the first is in it, the second times out',
    prepare: async (net, address, port) => [
      await serve(net.server.namespace, address, port, 'ignore', 0),
      await hold(net.client.namespace, address, port),
    ],
    says: /^ETIMEDOUT$/,
    seen: ['source success', 'destination success', 'source failure timeout', 'destination failure timeout'],
    passing: ['transit success', 'destination failure timeout'],
  },
]

async function find(tcp: string, expectedOf: (row: Row) => readonly string[]): Promise<void> {
  await using net = await path()
  await using cleanUp = new AsyncDisposableStack()
  await net.client.namespace.sysctl('net.ipv4.tcp_syn_retries=1')
  await net.server.namespace.run('nft', 'add table inet truth')
  await net.server.namespace.run('nft', 'add chain inet truth in { type filter hook input priority 0; }')
  await net.router.run('nft', 'add table inet truth')
  await net.router.run('nft', 'add chain inet truth pre { type nat hook prerouting priority -100; }')
  await net.router.ip('-4 route add blackhole 10.77.0.1')
  await net.router.ip('-6 route add blackhole fd77::1')
  await using agent = await runAgent(net.router, yaml(tcp))

  const cases = ([4, 6] as const).flatMap((family) =>
    rows.map((row, i) => ({ family, row, port: firstPort + i })),
  )
  await Promise.all(
    cases.map(async ({ family, row, port }) => {
      const address = (row.to ?? server)(net, family)
      for (const each of (await row.prepare?.(net, address, port)) ?? []) cleanUp.use(each)
      expect(await connect(net.client.namespace, address, port, row.patienceMs), row.title).toMatch(row.says)
    }),
  )

  const expected = cases.flatMap(({ family, row }) =>
    expectedOf(row).map((each) => {
      const [, at, what] = /^(server: )?(.*)/.exec(each) as unknown as [string, string | undefined, string]
      return `${(at ? server : (row.to ?? server))(net, family)} ${row.title}: ${what} 1`
    }),
  )
  const seen = (samples: readonly Sample[]) =>
    samples.flatMap(({ name, labels, value }) => {
      const row = rows[Number(labels.destination_port) - firstPort]
      const what = /attempts/.test(name)
        ? [labels.outcome, labels.error_type]
        : /^netsonde_tcp_resets/.test(name)
          ? [labels.network_io_direction, labels.netsonde_flow_direction]
          : undefined
      if (!row || !what) return []
      const words = [labels.netsonde_observer_side, ...what].filter((word) => word !== undefined)
      return [`${labels.destination_address} ${row.title}: ${words.join(' ')} ${value}`]
    })
  const complete = await agent.until((samples) => seen(samples).length >= expected.length)
  expect(seen(complete).toSorted()).toEqual(expected.toSorted())
}

kernelTest('every row of the truth table of sockets, IPv4 and IPv6: exactly one attempt each', () =>
  find('{enabled: true}', ({ seen }) => seen),
)

kernelTest('every row of the truth table of packets that pass through: exactly one attempt each', () =>
  find('{enabled: false}', ({ passing }) => passing),
)
