import { expect, test } from 'vitest'
import { Passing } from '../../native/passing.ts'
import type { TcpInterval } from '../../native/tcp.ts'
import { signalsOf } from './testdata/signals.ts'

const CLIENT = 1
const FAILED = 2

/** Clients that failed to connect from 1 to 2, from each of the ports to the server's. */
function failures(clientPorts: readonly number[], serverPort: number): TcpInterval {
  const { length } = clientPorts
  const ports = clientPorts.map((port) => [port, serverPort] as const)
  const { addresses } = signalsOf(
    0,
    ports.map(() => ({})),
  )
  return {
    connections: {
      length,
      addresses,
      ports: Uint16Array.from(ports.flat()),
      role: new Uint8Array(length).fill(CLIENT),
      outcome: new Uint8Array(length).fill(FAILED),
    },
    resets: { length: 0, addresses: new Uint8Array(0), ports: new Uint16Array(0), role: new Uint8Array(0) },
  } as unknown as TcpInterval
}

/** Whether a socket is remembered to have told of the connection: what passes is told otherwise. */
const isClaimed = (passing: Passing, ports: readonly [number, number]): boolean =>
  passing.settle(signalsOf(0, [{ syn: 1, ack: 2, ports }])).attempts.length === 0

test('however many attempts fail, those of the newest intervals are remembered', () => {
  const passing = new Passing(150_000, 10)
  const ports = Array.from({ length: 10_000 }, (_, i) => i + 1)
  for (let interval = 1; interval <= 20; interval++) {
    passing.turn(interval * 1000)
    passing.claim(failures(ports, interval))
  }

  for (const interval of [17, 18, 19, 20]) expect(isClaimed(passing, [10_000, interval])).toBe(true)
  expect(isClaimed(passing, [10_000, 1])).toBe(false)
})

test('an attempt that failed is remembered for its time, also where others come and go', () => {
  const passing = new Passing(150_000, 10)
  passing.turn(150_000)
  passing.claim(failures([1000], 80))
  for (let atMs = 155_000; atMs <= 300_000; atMs += 5000) {
    passing.turn(atMs)
    passing.claim(failures([2000], atMs / 5000))
    expect(isClaimed(passing, [1000, 80])).toBe(true)
  }
  passing.turn(450_000)

  expect(isClaimed(passing, [1000, 80])).toBe(false)
})
