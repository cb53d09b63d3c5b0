import { strict as assert } from 'node:assert'
import { setTimeout } from 'node:timers/promises'
import { TcpSockets } from '../../../src/native.ts'
import { link, Namespace } from '../../kernel/network.ts'
import { ss } from '../../kernel/ss.ts'
import { connect, hold, serve } from '../../kernel/tcp-peer.ts'
import { Told } from '../../kernel/tcp-told.ts'

const PORT = 7000
const PLACES = 4096

/** Looks until `right` says so, for twenty seconds: nothing is fast here. */
async function until(told: Told, right: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 20_000; !right(); ) {
    if (performance.now() > deadline) throw new Error(`never came to be: ${JSON.stringify(told)}`)
    await told.look()
  }
}

/**
 * What docs/tcp.md says of sockets, with the kernel's own loss (netem): every program is taken, RTT and retransmits of a
 * connection that lives are those of ss, attempts come out once at each end.
 */
export async function tcp(): Promise<void> {
  await using client = await Namespace.create('tcp-client')
  await using server = await Namespace.create('tcp-server')
  const [near, far] = await link([client, 'eth0'], [server, 'eth0'], 9)
  await client.run('ethtool', '-K', near.interface, 'tso', 'off', 'gso', 'off')
  await client.run('tc', ...'qdisc add dev eth0 root netem delay 20ms loss 3%'.split(' '))
  await client.sysctl('net.ipv4.tcp_syn_retries=1')
  await using _resets = await serve(server, '::', PORT + 1, 'reset')
  using sockets = new TcpSockets(PLACES)
  assert.deepEqual(
    sockets.features.filter(({ code }) => code !== ''),
    [],
  )

  for (const [address, port] of [
    [far.ipv4, PORT],
    [far.ipv6, PORT + 4],
  ] as const) {
    await using _answers = await serve(server, address, port, 'answer')
    const told = new Told(sockets, port)
    await using held = await hold(client, address, port, 300_000)
    await held.ask()
    await until(told, () => told.attempts['source success'] === 1)
    let truth = await ss(client, `dport = :${port}`)
    // 3 % of 400 and more: that nothing is lost happens once in 200,000 times.
    for (let more = 0; more < 400 && truth.retransmits === 0; more++) {
      await held.ask()
      truth = await ss(client, `dport = :${port}`)
    }
    // What is under way arrives; then both look at the same.
    for (let before: typeof truth | undefined; before?.rtt !== truth.rtt; ) {
      await setTimeout(200)
      before = truth
      truth = await ss(client, `dport = :${port}`)
    }
    await told.look()
    assert(truth.rtt >= 0.02, `${truth.rtt}`)
    const off = Math.abs((told.rtt.source ?? 0) - truth.rtt)
    assert(off <= Math.max(0.001, truth.rtt * 0.05), `RTT ${told.rtt.source}, ss ${truth.rtt}`)
    const again = Object.entries(told.retransmits)
      .filter(([key]) => key.startsWith('source'))
      .reduce((sum, [, each]) => sum + each, 0)
    assert(truth.retransmits > 0, 'nothing was lost')
    assert.equal(again, truth.retransmits)
    assert.equal(told.sums['source sent'], truth.sent)
    assert.deepEqual(told.attempts, { 'source success': 1, 'destination success': 1 })
  }

  const reset = new Told(sockets, PORT + 1)
  assert.match(await connect(client, far.ipv4, PORT + 1), /ECONNRESET/)
  await until(reset, () => reset.resets['source receive'] === 1)
  assert.deepEqual(reset.attempts, { 'source success': 1, 'destination success': 1 })
  assert.equal(reset.resets['destination transmit'], 1)

  const refused = new Told(sockets, PORT + 2)
  for (const address of [far.ipv4, far.ipv6])
    assert.equal(await connect(client, address, PORT + 2), 'ECONNREFUSED')
  await until(refused, () => refused.attempts['source failure'] === 2)

  await client.run('tc', ...'qdisc change dev eth0 root netem loss 100%'.split(' '))
  const silent = new Told(sockets, PORT + 3)
  assert.equal(await connect(client, far.ipv4, PORT + 3), 'ETIMEDOUT')
  await until(silent, () => silent.attempts['source failure'] === 1)
}
