import { expect, test } from 'vitest'
import type { TcpInterval } from '../../native.ts'
import { CLIENT_TOLD, Claims } from './claims.ts'

const FAILED = 2
const words = Uint32Array.of(0, 0, 0xffff0000, 1, 0, 0, 0xffff0000, 2)

/** Clients that failed to connect from 1 to 2, from each of the ports to the server's. */
function failures(clientPorts: readonly number[], serverPort: number): TcpInterval {
  const { length } = clientPorts
  return {
    connections: {
      length,
      addresses: new Uint8Array(Uint32Array.from({ length: length * 8 }, (_, i) => words[i % 8] ?? 0).buffer),
      ports: Uint16Array.from(clientPorts.flatMap((port) => [port, serverPort])),
      role: new Uint8Array(length).fill(CLIENT_TOLD),
      outcome: new Uint8Array(length).fill(FAILED),
    },
    resets: { length: 0, addresses: new Uint8Array(0) },
  } as unknown as TcpInterval
}

test('however many attempts fail, those of few intervals are remembered, and of the newest all', () => {
  const claims = new Claims(150_000)
  const ports = Array.from({ length: 10_000 }, (_, i) => i + 1)
  let most = 0
  for (let interval = 1; interval <= 20; interval++) {
    claims.turn(interval * 1000)
    claims.take(failures(ports, interval))
    most = Math.max(most, claims.size)
  }

  expect(most).toBeLessThan(200_000)
  for (const interval of [17, 18, 19, 20]) expect(claims.of(words, [10_000, interval])).toBe(CLIENT_TOLD)
})

test('an attempt that failed is remembered for its time, also where others come and go', () => {
  const claims = new Claims(150_000)
  claims.turn(150_000)
  claims.take(failures([1000], 80))
  for (let atMs = 155_000; atMs <= 300_000; atMs += 5000) {
    claims.turn(atMs)
    claims.take(failures([2000], atMs / 5000))
    expect(claims.of(words, [1000, 80])).toBe(CLIENT_TOLD)
  }
  claims.turn(450_000)

  expect(claims.of(words, [1000, 80])).toBe(0)
})
