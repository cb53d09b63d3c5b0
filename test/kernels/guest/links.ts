import { strict as assert } from 'node:assert'
import { type Agent, configuration, runAgent } from '../../kernel/agent.ts'
import type { Counters, Path } from '../../kernel/network.ts'
import { counted, iperf3, less, quiet } from '../../kernel/traffic.ts'
import { type Sample, sum } from '../../rig/scrape.ts'
import { type Kind, kinds, overlay } from './devices.ts'
import type { Outcomes } from './outcomes.ts'
import { insideOfWireguard } from './wireguard.ts'

const PINGS = 2

interface Addresses {
  readonly ipv4: string
  readonly ipv6: string
}
const sentBy = (samples: readonly Sample[], { ipv4, ipv6 }: Addresses) =>
  counted(samples, { ipv4, ipv6, interface: '', mac: '' } as Parameters<typeof counted>[1])

/**
 * Compares what both ends send from now on, as the agent has it, with the wire. Nothing moves when it is called.
 *
 * @returns ends the comparison. tagBytes: of each packet, which the client's link does not carry
 */
async function compareFromNow(
  net: Path,
  agent: Agent,
  [client, server]: readonly [Addresses, Addresses],
): Promise<(tagBytes: number) => Promise<void>> {
  const wireBefore = await net.wire()
  const before = (await agent.scrape()).samples
  return async (tagBytes) => {
    await quiet(net)
    const wire = await net.wire()
    const up = less(wire.toServer, wireBefore.toServer)
    const down = less(wire.toClient, wireBefore.toClient)
    const seen = (of: readonly Sample[]) => sum(of, 'netsonde_capture_seen_packets_total')
    const samples = await agent.until((each) => seen(each) - seen(before) >= up.packets + down.packets)
    const sent = (end: Addresses) => less(sentBy(samples, end), sentBy(before, end))
    assert.deepEqual(
      { up: sent(client), down: sent(server) },
      { up, down: { packets: down.packets, bytes: down.bytes + tagBytes * down.packets } },
      'what was counted (actual) is not what the links carried (expected)',
    )
  }
}

/** Super-packets over the device, seen on the link below it; and a few pings, seen on the device itself. */
async function tryKind(net: Path, kind: Kind, below: Agent, on: Agent): Promise<void> {
  await using over = await overlay(net, kind)
  await on.process.line(new RegExp(`"name":"${over.device}"`))
  const ends = kind.tagBytes ? ([over.client, over.server] as const) : ([net.client, net.server] as const)
  const compare = await compareFromNow(net, below, ends)
  const before = (await on.scrape()).samples

  const target = kind.onlyIpv6 ? over.server.ipv6 : over.server.ipv4
  await net.client.namespace.run(kind.onlyIpv6 ? 'ping6' : 'ping', '-c', String(PINGS), '-s', '100', target)
  const expected: Counters = { packets: PINGS, bytes: PINGS * kind.pingBytes }
  const sent = (samples: readonly Sample[], end: Addresses) => less(sentBy(samples, end), sentBy(before, end))
  const samples = await on.until((each) => sent(each, over.server).packets >= PINGS)
  assert.deepEqual(
    [sent(samples, over.client), sent(samples, over.server)],
    [expected, expected],
    `pings on ${over.device} itself`,
  )

  await iperf3(net, target, '-n', '2M', '--bidir')
  await compare(kind.tagBytes ?? 0)
}

/**
 * VLAN tags that the kernel takes off and puts on, tunnels, SCTP: what this host has no devices for.
 *
 * @param only names of kinds, or sctp; none: all
 */
export async function links(net: Path, outcomes: Outcomes, only: readonly string[]): Promise<void> {
  const isWanted = (name: string) => only.length === 0 || only.includes(name)
  // So that the wire's counters have the tags, and single packets of SCTP, too, which `gso off` does not split.
  const offload = ['tx-vlan-hw-insert', 'off', 'tx-vlan-stag-hw-insert', 'off', 'tx-sctp-segmentation', 'off']
  for (const { interface: name } of [net.toServer, net.toClient])
    await net.router.run('ethtool', '-K', name, ...offload)
  await using below = await runAgent(
    net.router,
    configuration(`max_flows: 4096, interfaces: {include: ["${net.toServer.interface}"]}`),
  )
  await using on = await runAgent(
    net.server.namespace,
    configuration('max_flows: 4096, interfaces: {include: ["over-*"]}'),
  )
  await quiet(net)
  for (const kind of kinds.filter(({ name }) => isWanted(name)))
    await outcomes.look('links', `over ${kind.name}`, () => tryKind(net, kind, below, on))
  for (const kind of kinds.filter(({ name }) => name === 'wireguard' && isWanted(name)))
    await outcomes.look('links', 'inside of wireguard alone, at its end', () => insideOfWireguard(net, kind))
  if (isWanted('sctp'))
    await outcomes.look('links', 'of SCTP', async () => {
      const compare = await compareFromNow(net, below, [net.client, net.server])
      await iperf3(net, net.server.ipv4, '--sctp', '-n', '1M', '--bidir')
      await compare(0)
    })
}
