import { expect } from 'vitest'
import { TcpSockets } from '../../src/native/tcp.ts'
import { kernelTest } from './kernel-test.ts'
import { Namespace } from './network.ts'
import { programsBut } from './refused.ts'
import { connect, hold, serve } from './tcp-peer.ts'
import { Told } from './tcp-told.ts'

const PLACES = 65_536
let port = 12_000 + (process.pid % 250) * 32 + 8

/** What is told of a connection that is held and closed, and of one that is reset. */
const all = {
  attempts: true,
  handshake: true,
  'RTT in life': true,
  active: true,
  RTT: true,
  duration: true,
  'reset sent': true,
  'reset received': true,
}

for (const [feature, object, lost] of [
  ['tcp.set_state', 'tcp_state', ['attempts', 'handshake']],
  ['tcp.destroy_sock', 'tcp_destroy', ['reset sent']],
  ['tcp.retransmit', 'tcp_retransmit', []],
  ['tcp.retransmit_synack', 'tcp_synack', []],
  ['tcp.send_reset', 'tcp_reset_sent', ['reset sent']],
  ['tcp.receive_reset', 'tcp_reset_received', ['reset received']],
  ['tcp.live', 'tcp_live', ['RTT in life']],
  ['tcp.open', 'tcp_open', []],
  ['tcp.probe', 'tcp_probe', []],
] as const)
  kernelTest(
    `a kernel that refuses ${feature} costs ${lost.join(', ') || 'nothing that is here'}`,
    async () => {
      port += 2
      await using programs = await programsBut(object)
      await using space = await Namespace.create('refused')
      await using _answers = await serve(space, '127.0.0.1', port, 'answer')
      await using _resets = await serve(space, '127.0.0.1', port + 1, 'reset')
      using sockets = new TcpSockets(PLACES, programs.folder)
      expect(sockets.features.filter(({ code }) => code !== '').map(({ name }) => name)).toEqual([feature])
      expect(sockets.features.find(({ name }) => name === feature)?.message).toMatch(
        /refused by the verifier: /,
      )

      const [held, reset] = [new Told(sockets, port), new Told(sockets, port + 1)]
      const look = async () => {
        const interval = await sockets.drain()
        held.take(interval)
        reset.take(interval)
      }
      const client = await hold(space, '127.0.0.1', port)
      await client.ask()
      expect(await connect(space, '127.0.0.1', port + 1)).toBe('connected ECONNRESET')
      await look()
      const living = { rtt: held.rtt.source, active: held.active }
      await client[Symbol.asyncDispose]()
      await expect
        .poll(
          async () => {
            await look()
            return held.duration.source
          },
          { timeout: 10_000 },
        )
        .toBeGreaterThan(0)

      // What is met at its next segment may be reset before there is one.
      const resets =
        feature === 'tcp.set_state'
          ? {}
          : {
              'reset sent': reset.resets['destination transmit'] === 1,
              'reset received': reset.resets['source receive'] === 1,
            }
      const told = {
        attempts: held.attempts['source success'] === 1 && held.attempts['destination success'] === 1,
        handshake: (held.handshake.source ?? 0) > 0 && (held.handshake.destination ?? 0) > 0,
        'RTT in life': living.rtt !== undefined,
        active: living.active['source 1'] === 1 && living.active['destination 1'] === 1,
        RTT: held.rtt.source !== undefined,
        duration: true,
        ...resets,
      }
      expect({ ...all, ...told }).toEqual({
        ...all,
        ...Object.fromEntries(lost.map((each) => [each, false])),
      })
    },
  )
