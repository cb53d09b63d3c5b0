import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { startProgram } from '../rig/program.ts'
import { type Sample, sum } from '../rig/scrape.ts'
import { type Agent, configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import type { Namespace } from './network.ts'
import { countersOf, type Endpoint, ipv6Of, type Node } from './node.ts'
import { less } from './traffic.ts'

/** `auto` is TCX here. With clsact traffic that lasts takes half as long: it is the same programs. */
export const modes = [
  { attach: 'auto', how: 'tcx', seconds: 2 },
  { attach: 'tc', how: 'tc', seconds: 1 },
] as const
export type Mode = (typeof modes)[number]

/** Default settings of the receiver, but for short intervals: many turns, each of which may meet packets under way. */
export async function watching({ node }: Node, { attach, how }: Mode, more = ''): Promise<Agent> {
  const yaml = configuration(`attach: ${attach}${more}`)
  const agent = await runAgent(
    node,
    yaml.replaceAll('network.transport,', 'netsonde.service.address, network.transport,'),
  )
  const attached = agent.process.output().matchAll(/"attach":"(\w+)"/g)
  expect(new Set(Array.from(attached, ([, each]) => each))).toEqual(new Set([how]))
  return agent
}

/** The fact, of either way in which the programs are attached. */
export function pathTest(title: string, body: (mode: Mode) => Promise<void>): void {
  for (const mode of modes) kernelTest(`${title} (${mode.how})`, () => body(mode))
}

/** iperf3 from one namespace to another, by an address that may be translated on the way. */
export async function iperf3(from: Namespace, to: Namespace, ...what: string[]): Promise<void> {
  const [enter, ...into] = to.enter
  await using server = startProgram(enter, [...into, 'iperf3', '-s', '-1', '--forceflush'])
  await server.line(/listening/)
  await from.run('timeout', '20', 'iperf3', ...what)
  await server.ended
}

export const endpointsOf = ({ first, second, remote, world }: Node): readonly Endpoint[] => [
  first,
  second,
  remote,
  world,
]

/** Resolves when no endpoint has sent or received anything for half a second. */
export async function quiet(net: Node): Promise<void> {
  for (let still = 0, last = ''; still < 5; still++) {
    const now = JSON.stringify(await Promise.all(endpointsOf(net).map(countersOf)))
    if (now !== last) still = 0
    last = now
    await setTimeout(100)
  }
}

/** The same addresses of either family. */
export const families = ['ipv4', 'ipv6'] as const
export const inFamily = (family: (typeof families)[number], ipv4: string) =>
  family === 'ipv4' ? ipv4 : ipv6Of(ipv4)

export const size = (samples: readonly Sample[], labels: Record<string, string>) => ({
  packets: sum(samples, 'netsonde_flow_packets_total', labels),
  bytes: sum(samples, 'netsonde_flow_io_bytes_total', labels),
})

const outcome = (samples: readonly Sample[], name: string) => ({
  packets: sum(samples, 'netsonde_capture_packets_total', { outcome: name }),
  bytes: sum(samples, 'netsonde_capture_io_bytes_total', { outcome: name }),
})

/** Who sent to whom, of what was counted. */
export const edges = (samples: readonly Sample[]) => [
  ...new Set(
    samples
      .filter(({ name, value }) => name === 'netsonde_flow_packets_total' && value > 0)
      .map(({ labels }) => `${labels.source_address} > ${labels.destination_address}`),
  ),
]

export const added = (
  one: { packets: number; bytes: number },
  other: { packets: number; bytes: number },
) => ({
  packets: one.packets + other.packets,
  bytes: one.bytes + other.bytes,
})

export const nothing = { packets: 0, bytes: 0 }
export const countersIn = (net: Node) => Promise.all(endpointsOf(net).map(countersOf))
type InTurn = Awaited<ReturnType<typeof countersIn>>

/**
 * The last scrape, when all that was sent is in it, held against what the endpoints' own interfaces say.
 *
 * @param ends IPv4 addresses of the first, second... endpoint; those of IPv6 come with them
 * @param all of what they say, what is one count for each packet
 */
export async function settled(
  net: Node,
  agent: Agent,
  before: InTurn,
  ends: readonly (string | readonly string[])[],
  all = (counters: InTurn) => counters.map(({ sent }) => sent).reduce(added),
): Promise<Sample[]> {
  await quiet(net)
  const counters = (await countersIn(net)).map(({ sent, received }, i) => ({
    sent: less(sent, before[i]?.sent ?? sent),
    received: less(received, before[i]?.received ?? received),
  }))
  await agent.until((samples) => outcome(samples, 'accounted').packets >= all(counters).packets)
  await setTimeout(1000) // what is counted twice comes one or two intervals later
  const { samples } = await agent.scrape()
  const told = ends.map((addresses) => {
    const all = [addresses].flat().flatMap((address) => [address, ipv6Of(address)])
    const of = (label: string) => all.map((address) => size(samples, { [label]: address })).reduce(added)
    return { sent: of('source_address'), received: of('destination_address') }
  })
  expect(told).toEqual(counters.slice(0, ends.length))
  expect(outcome(samples, 'accounted')).toEqual(all(counters))
  const outcomes = ['accounted', 'overflow', 'repeated', 'filtered', 'unparsed']
  expect(outcomes.map((name) => outcome(samples, name)).reduce(added)).toEqual({
    packets: sum(samples, 'netsonde_capture_seen_packets_total'),
    bytes: sum(samples, 'netsonde_capture_seen_io_bytes_total'),
  })
  return samples
}

export const both = (one: string, other: string) => [`${one} > ${other}`, `${other} > ${one}`]

/** Takes datagrams at the service's port until it is disposed. */
export async function sink({ namespace }: Endpoint): Promise<AsyncDisposable> {
  const [enter, ...into] = namespace.enter
  const code = `require('dgram').createSocket('udp6').bind(5201, () => console.log('bound'))`
  const program = startProgram(enter, [...into, process.execPath, '-e', code])
  await program.line(/bound/)
  return program
}
