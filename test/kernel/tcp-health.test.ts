import { expect } from 'vitest'
import { TcpSockets } from '../../src/native/tcp.ts'
import { kernelTest } from './kernel-test.ts'
import { slowPath } from './slow-path.ts'
import { localPort, nstat, ss } from './ss.ts'
import { hold, serve } from './tcp-peer.ts'
import { Told } from './tcp-told.ts'

/** One for each test: what an earlier one left may live on for a while. */
let port = 12_000 + (process.pid % 250) * 32
const PLACES = 65_536

/** 5 % or a millisecond, whichever is more. */
function expectNear(told: number | undefined, truth: number): void {
  expect(Math.abs((told ?? Number.NaN) - truth)).toBeLessThanOrEqual(Math.max(truth * 0.05, 0.001))
}

for (const family of ['ipv4', 'ipv6'] as const)
  kernelTest(
    `over 20 ms that lose every 40th segment: RTT while it lives is that of ss, retransmits are those of ss and nstat (${family})`,
    async () => {
      port++
      await using net = await slowPath({ every: 40, least: 1000, most: 1500 })
      await using _server = await serve(net.server, net[family], port, 'answer')
      using sockets = new TcpSockets(PLACES)
      const told = new Told(sockets, port)
      await using client = await hold(net.client, net[family], port, 300_000)
      await expect
        .poll(
          async () => {
            await told.look()
            return told.attempts
          },
          { timeout: 10_000 },
        )
        .toEqual({ 'source success': 1, 'destination success': 1 })
      expect(told.handshake.source).toBeGreaterThanOrEqual(0.02)
      expect(told.handshake.destination).toBeGreaterThanOrEqual(0.02)

      // Where chance decides what is lost: until there was enough.
      const enough = async () => (await ss(net.client, `dport = :${port}`)).retransmits > 5
      for (let round = 0; round < 3 || (round < 10 && !(await enough())); round++) {
        await client.ask()
        const before = told.observations
        const [truth] = await Promise.all([ss(net.client, `dport = :${port}`), told.look()])
        expect(told.observations).toBeGreaterThan(before) // it lives, and it tells
        expect(truth.rtt).toBeGreaterThanOrEqual(0.02)
        expectNear(told.rtt.source, truth.rtt)
        expectNear(told.rttVariation.source, truth.rttVariation)
        expectNear(told.rttMin.source, truth.rttMin)
      }
      // Once the last acknowledgement is there nothing changes, and nothing is told again.
      const more = async () => {
        const before = told.observations
        await told.look()
        return told.observations - before
      }
      await expect.poll(more).toBe(0)
      expect(await more()).toBe(0)

      const [client1, server1] = [
        await ss(net.client, `dport = :${port}`),
        await ss(net.server, `sport = :${port}`),
      ]
      const counters = await nstat(net.client)
      const again = Object.values(told.retransmits).reduce((all, each) => all + each, 0)
      expect(client1.retransmits).toBeGreaterThan(5) // else this shows nothing
      expect(again).toBe(client1.retransmits)
      expect(again).toBe(counters.TcpRetransSegs)
      expect(told.retransmits['source fast']).toBe(counters.TcpExtTCPFastRetrans)
      expect(told.retransmits['source unknown']).toBeUndefined()
      expect(told.sums['source sent']).toBe(client1.sent)
      expect(told.sums['source spurious']).toBe(client1.spurious)
      expect(told.sums['destination outOfOrder']).toBe(server1.outOfOrder)
      expect(server1.outOfOrder).toBeGreaterThan(0)
      expect(told.sums['source lost']).toBeGreaterThanOrEqual(client1.retransmits - client1.spurious)
      expect(told.active).toEqual({ 'source 1': 1, 'destination 1': 1 })
    },
  )

kernelTest(
  'a lost last segment is sent again by a tail loss probe, or after a timeout, as nstat says',
  async () => {
    port++
    await using net = await slowPath({ every: 3, least: 53, most: 200 }) // one byte of data, with timestamps
    await using _server = await serve(net.server, net.ipv4, port, 'answer')
    using sockets = new TcpSockets(PLACES)
    const told = new Told(sockets, port)
    await using client = await hold(net.client, net.ipv4, port)
    for (let i = 0; i < 30 && (i < 6 || !told.retransmits['source tail_loss_probe']); i++) {
      await client.ask()
      await told.look()
    }
    for (const [side, space] of [
      ['source', net.client],
      ['destination', net.server],
    ] as const) {
      const { TcpRetransSegs, TcpExtTCPLossProbes, TcpExtTCPTimeouts } = await nstat(space)
      const of = (type: string) => told.retransmits[`${side} ${type}`] ?? 0
      expect([side, of('tail_loss_probe'), of('timeout')]).toEqual([
        side,
        TcpExtTCPLossProbes,
        TcpExtTCPTimeouts,
      ])
      expect(of('tail_loss_probe') + of('timeout')).toBe(TcpRetransSegs)
    }
    expect(told.retransmits['source tail_loss_probe']).toBeGreaterThan(0)
  },
)

kernelTest('times without room are what the other end says of its window', async () => {
  port++
  await using net = await slowPath()
  await using _server = await serve(net.server, net.ipv4, port, 'late')
  using sockets = new TcpSockets(PLACES)
  const told = new Told(sockets, port)
  await using client = await hold(net.client, net.ipv4, port, 200_000)
  const answered = client.ask()
  await expect
    .poll(
      async () => {
        await told.look()
        return told.sums['source zeroWindows'] // while it lasts
      },
      { timeout: 10_000 },
    )
    .toBe(1)
  await answered
  await told.look()
  const { TcpExtTCPToZeroWindowAdv } = await nstat(net.server)
  expect(told.sums['source zeroWindows']).toBe(TcpExtTCPToZeroWindowAdv)
})

kernelTest(
  'a connection from before the start has its ends, RTT and the time since it was seen',
  async () => {
    port++
    await using net = await slowPath()
    await using _server = await serve(net.server, net.ipv4, port, 'answer')
    const client = await hold(net.client, net.ipv4, port)
    const accepted = `sport = :${port} and dport = :${await localPort(net.client, `dport = :${port}`)}`
    await using queued = await hold(net.client, net.ipv4, port) // no process has its server's end
    await client.ask()
    await expect.poll(async () => (await ss(net.server, accepted)).unacknowledged).toBe(0)
    const begin = performance.now()
    using sockets = new TcpSockets(PLACES)
    const told = new Told(sockets, port)
    await told.look()
    const truth = await ss(net.server, accepted)
    expect(told.active).toEqual({ 'source 1': 2, 'destination 1': 1 })
    expectNear(told.rtt.destination, truth.rtt)
    expect(told.attempts).toEqual({})

    const answered = queued.ask()
    await expect
      .poll(
        async () => {
          await told.look()
          return told.active['destination 1']
        },
        { timeout: 10_000 },
      )
      .toBe(2)
    await client[Symbol.asyncDispose]()
    await answered // the server takes the next one
    await expect
      .poll(
        async () => {
          await told.look()
          return Object.keys(told.duration).toSorted()
        },
        { timeout: 10_000 },
      )
      .toEqual(['destination', 'source'])
    const seen = (performance.now() - begin) / 1000
    for (const side of ['source', 'destination'] as const) {
      expect(told.duration[side]).toBeGreaterThan(0)
      expect(told.duration[side]).toBeLessThan(seen)
    }
    expect(told.attempts).toEqual({})
  },
)
