import { expect } from 'vitest'
import { Datapath } from '../../src/native/datapath.ts'
import { type Program, startProgram } from '../rig/program.ts'
import { type Sample, sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { heldBy } from './held.ts'
import { kernelTest } from './kernel-test.ts'
import { type End, Namespace, path } from './network.ts'

const PORT = '17777' // of nobody

const told = (receiver: string) =>
  configuration(receiver).replaceAll(
    'network.transport, network.type',
    'netsonde.flow.direction, netsonde.flow.direction.evidence',
  )

async function talker({ namespace }: Pick<End, 'namespace'>, ...words: string[]): Promise<Program> {
  const [enter, ...into] = namespace.enter
  const program = startProgram(enter, [...into, process.execPath, `${root}test/kernel/talker.ts`, ...words], {
    interactive: true,
  })
  await program.line(/^ready/)
  return program
}

const packets = (samples: readonly Sample[], from: string, direction: string, evidence: string) =>
  sum(samples, 'netsonde_flow_packets_total', {
    source_address: from,
    netsonde_flow_direction: direction,
    netsonde_flow_direction_evidence: evidence,
  })

/** All that two ends sent has this evidence, and who is the client is told accordingly. */
function expectOnly(samples: readonly Sample[], client: string, server: string, evidence: string): void {
  const [out, back] = evidence === 'none' ? ['unknown', 'unknown'] : ['forward', 'reverse']
  for (const [from, direction] of [
    [client, out],
    [server, back],
  ] as const) {
    const all = sum(samples, 'netsonde_flow_packets_total', { source_address: from })
    expect(all, from).toBeGreaterThan(0)
    expect(packets(samples, from, direction as string, evidence), from).toBe(all)
  }
}

const seenBothWays = (client: string, server: string) => (samples: readonly Sample[]) =>
  [client, server].every((from) => sum(samples, 'netsonde_flow_packets_total', { source_address: from }) > 5)

for (const [title, family, bound] of [
  ['at any address of both families, asked over IPv4', 'ipv4', '::'],
  ['at any address of both families, asked over IPv6', 'ipv6', '::'],
  ['at any address of IPv4', 'ipv4', '0.0.0.0'],
  ['at one address', 'ipv4', undefined],
  ['at one address of IPv6', 'ipv6', undefined],
] as const)
  kernelTest(`a server in another namespace that listens ${title} is known by that`, async () => {
    await using net = await path()
    const [client, server] = [net.client[family], net.server[family]]
    await using _server = await talker(net.server, 'serve', bound ?? server, PORT)
    await using _client = await talker(net.client, 'talk', server, PORT)
    await using agent = await runAgent(net.router, told('interfaces: {include: [client0]}'))
    expectOnly(await agent.until(seenBothWays(client, server)), client, server, 'listener')
  })

for (const bound of ['::', undefined])
  kernelTest(`a server of this host that listens at ${bound ?? 'one address'} is known by that`, async () => {
    await using net = await path()
    const [client, server] = [net.client.ipv4, net.server.ipv4]
    await using _server = await talker(net.server, 'serve', bound ?? server, PORT)
    await using _client = await talker(net.client, 'talk', server, PORT)
    await using agent = await runAgent(net.server.namespace, told('interfaces: {include: [eth0]}'))
    expectOnly(await agent.until(seenBothWays(client, server)), client, server, 'listener')
  })

kernelTest('a port at which only others listen tells nothing', async () => {
  await using net = await path()
  const [client, server] = [net.client.ipv4, net.server.ipv4]
  await using serving = await talker(net.server, 'serve', '::', PORT)
  await using _client = await talker(net.client, 'talk', server, PORT)
  expect(await serving.ask()).toBe('silent')
  await using other = await Namespace.create('other')
  await using _other = await talker({ namespace: other }, 'serve', '::', PORT)
  await using _router = await talker({ namespace: net.router }, 'serve', '::', PORT)
  await using agent = await runAgent(net.router, told('interfaces: {include: [client0]}'))
  expectOnly(await agent.until(seenBothWays(client, server)), client, server, 'none')
})

kernelTest('a server that listens later is known from then on, also when it stops again', async () => {
  await using net = await path()
  const [client, server] = [net.client.ipv4, net.server.ipv4]
  await using serving = await talker(net.server, 'serve', '::', PORT)
  await using _client = await talker(net.client, 'talk', server, PORT)
  expect(await serving.ask()).toBe('silent')
  await using agent = await runAgent(net.router, told('interfaces: {include: [client0]}'))
  expectOnly(await agent.until(seenBothWays(client, server)), client, server, 'none')

  expect(await serving.ask()).toBe('listening')
  await agent.until((each) => packets(each, client, 'forward', 'listener') > 0)
  expect(await serving.ask()).toBe('silent')
  const unknown = (samples: readonly Sample[]) => packets(samples, client, 'unknown', 'none')
  const { samples } = await agent.scrape()
  const known = packets(samples, client, 'forward', 'listener')
  const later = await agent.until((each) => packets(each, client, 'forward', 'listener') > known + 20)
  expect(unknown(later)).toBe(unknown(samples))
})

kernelTest('a SYN is the better evidence, and what can be used is told', async () => {
  await using net = await path()
  const [client, server] = [net.client.ipv4, net.server.ipv4]
  await using _server = await talker(net.server, 'serve', '::', PORT)
  await using agent = await runAgent(net.router, told('interfaces: {include: [client0]}'))
  await using _client = await talker(net.client, 'talk', server, PORT)
  const samples = await agent.until(seenBothWays(client, server))
  expectOnly(samples, client, server, 'syn')
  expect(sum(samples, 'netsonde_capability', { feature: 'listeners', state: 'available' })).toBe(1)
})

kernelTest('after its end no program of it stays', async () => {
  const datapath = new Datapath({ maxFlows: 16 })
  datapath.watchListeners()
  const held = await heldBy(process.pid)
  datapath[Symbol.dispose]()
  expect(held.filter((each) => each.startsWith('prog'))).not.toEqual([])
  expect(await heldBy(process.pid)).toEqual([])
})
