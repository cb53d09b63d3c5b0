import { expect } from 'vitest'
import type { Sample } from '../rig/scrape.ts'
import { type Agent, configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import { slowRoute } from './slow-path.ts'
import { ss } from './ss.ts'
import { hold, serve } from './tcp-peer.ts'

/** One for each test: what an earlier one left may live on for a while. */
let port = 32_000 + (process.pid % 250) * 16

const yaml = (tcp: string) =>
  configuration(`interfaces: {include: [client0, server0]}, tcp: ${tcp}`).replace(
    '    metrics:\n',
    `    metrics:
      netsonde.tcp.rtt: {attributes: [netsonde.observer.side, destination.port]}
`,
  )

const bySecond = (tcp: string) => yaml(tcp).replace('200ms', '1s')

interface Rtts {
  readonly count: number
  readonly sum: number
  /** The longest that was observed is in a bucket that begins below this. */
  readonly longest: number
}

function rttsOf(samples: readonly Sample[], port: number, side = 'transit'): Rtts {
  const of = (suffix: string) =>
    samples.filter(
      ({ name, labels }) =>
        name === `netsonde_tcp_rtt_seconds_${suffix}` &&
        labels.netsonde_observer_side === side &&
        labels.destination_port === String(port),
    )
  const count = of('count')[0]?.value ?? 0
  const bounds = of('bucket')
    .filter(({ value }) => value < count)
    .map(({ labels }) => Number(labels.le))
  return { count, sum: of('sum')[0]?.value ?? 0, longest: Math.max(0, ...bounds) }
}

const rttsUntil = async (agent: Agent, port: number, least: number): Promise<Rtts> =>
  rttsOf(await agent.until((samples) => rttsOf(samples, port).count >= least), port)

for (const family of ['ipv4', 'ipv6'] as const)
  kernelTest(
    `of a connection that passes through, 26 ms from end to end, the round-trip time is that of ss (${family})`,
    async () => {
      const [own, other] = [port++, port++]
      await using net = await slowRoute()
      await using _server = await serve(net.server, net[family], own, 'answer')
      await using _other = await serve(net.server, net[family], other, 'answer')
      // Long enough for several segments each way: what the relays add now and then is not in the least of them.
      await using agent = await runAgent(net.router, bySecond('{enabled: false}'))
      await using client = await hold(net.client, net[family], own)
      let before = await rttsUntil(agent, own, 1)
      for (let round = 0; round < 4; round++) {
        let after = before
        while (after.count === before.count) {
          for (let i = 0; i < 4; i++) await client.ask()
          after = rttsOf((await agent.scrape()).samples, own)
        }
        const { rtt, rttMin } = await ss(net.client, `dport = :${own}`)
        const told = (after.sum - before.sum) / (after.count - before.count)
        expect(rttMin).toBeGreaterThan(0.026)
        expect(told).toBeGreaterThan(rttMin - Math.max(rttMin * 0.05, 0.001))
        expect(told).toBeLessThan(rtt + Math.max(rtt * 0.05, 0.001))
        before = after
      }

      // While another one talks for intervals, one that is silent is not observed again.
      await using talker = await hold(net.client, net[family], other)
      await rttsUntil(agent, other, 1)
      const still = rttsOf((await agent.scrape()).samples, own)
      for (let count = 2; count < 4; count++) {
        await talker.ask()
        await rttsUntil(agent, other, count)
      }
      expect(await rttsUntil(agent, own, 1)).toEqual(still)
    },
  )

kernelTest('sockets of this node tell it themselves', async () => {
  port++
  await using net = await slowRoute()
  await using _server = await serve(net.server, net.ipv4, port, 'answer')
  await using agent = await runAgent(net.router, yaml('{enabled: true}'))
  await using client = await hold(net.client, net.ipv4, port)
  for (let count = 1; count < 4; count++) {
    await client.ask()
    await agent.until((samples) => rttsOf(samples, port, 'source').count >= count)
  }
  const samples = await agent.until((samples) => rttsOf(samples, port, 'destination').count >= 1)
  expect(rttsOf(samples, port).count).toBe(0)
})
