import { expect } from 'vitest'
import { TcpSockets } from '../../src/native/tcp.ts'
import { kernelTest } from './kernel-test.ts'
import { slowPath } from './slow-path.ts'
import { nstat } from './ss.ts'
import { connect, hold, serve } from './tcp-peer.ts'
import { Told } from './tcp-told.ts'

/** Of all types. */
const ofServer = ({ retransmits }: Told) =>
  Object.entries(retransmits)
    .filter(([key]) => key.startsWith('destination '))
    .map(([, segments]) => segments)

/** One for each test: what an earlier one left may live on for a while. */
let port = 16_000 + (process.pid % 250) * 16

for (const family of ['ipv4', 'ipv6'] as const)
  kernelTest(
    `a SYN and ACK that is sent again is told at once, and not once more by the connection that it comes to (${family})`,
    async () => {
      port++
      await using net = await slowPath()
      await using _server = await serve(net.server, net[family], port, 'answer')
      await net.client.run('nft', 'add table inet deaf')
      await net.client.run('nft', 'add chain inet deaf in { type filter hook input priority 0; }')
      await net.client.run('nft', 'add rule inet deaf in tcp flags & (syn|ack) == (syn|ack) drop')
      using sockets = new TcpSockets(4096)
      const told = new Told(sockets, port)
      const begin = performance.now()
      const connecting = hold(net.client, net[family], port)
      const sentAgain = async () => (await nstat(net.server)).TcpRetransSegs ?? 0
      await expect.poll(sentAgain, { timeout: 20_000 }).toBeGreaterThan(1)
      await told.look()
      expect(told.attempts).toEqual({})
      const half = told.retransmits['destination syn'] ?? 0
      expect(half).toBeGreaterThan(0) // while nothing has come of it

      await net.client.run('nft', 'flush', 'ruleset')
      await using client = await connecting
      const took = (performance.now() - begin) / 1000
      await client.ask()
      await told.look()
      expect(ofServer(told)).toEqual([await sentAgain()])
      expect(told.attempts).toEqual({ 'source success': 1, 'destination success': 1 })
      expect(told.handshake.destination).toBeGreaterThan(1)
      expect(told.handshake.destination).toBeLessThan(took)
      expect(told.handshake.destination).toBeCloseTo(told.handshake.source ?? 0, 1)
      await told.look()
      expect(ofServer(told)).toEqual([await sentAgain()])
    },
  )

kernelTest('a SYN and ACK that comes to nothing is told as often as it was sent again', async () => {
  port++
  await using net = await slowPath()
  await using _server = await serve(net.server, net.ipv4, port, 'answer')
  await net.server.sysctl('net.ipv4.tcp_synack_retries=1')
  await net.client.sysctl('net.ipv4.tcp_syn_retries=1')
  await net.client.run('nft', 'add table inet deaf')
  await net.client.run('nft', 'add chain inet deaf in { type filter hook input priority 0; }')
  await net.client.run('nft', 'add rule inet deaf in tcp flags & (syn|ack) == (syn|ack) drop')
  using sockets = new TcpSockets(4096)
  const told = new Told(sockets, port)
  expect(await connect(net.client, net.ipv4, port)).toBe('ETIMEDOUT')
  await told.look()
  const { TcpRetransSegs, TcpExtTCPSynRetrans } = await nstat(net.server)
  expect(TcpRetransSegs).toBeGreaterThan(0)
  expect(TcpExtTCPSynRetrans).toBe(TcpRetransSegs)
  expect(ofServer(told)).toEqual([TcpRetransSegs])
  expect(told.attempts).toEqual({ 'source failure': 1 })
})
