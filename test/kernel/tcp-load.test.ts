import { expect } from 'vitest'
import { TcpSockets } from '../../src/native/tcp.ts'
import { startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { Told } from './tcp-told.ts'

const port = 20_000 + (process.pid % 400) * 20 + 16
/** `TCP_LOAD_SECONDS=30` for the long form. */
const seconds = Number(process.env.TCP_LOAD_SECONDS ?? 3)
const RATE = 10_000

/** Makes connections of a port of their own, and looks at them until all have ended. */
async function toldOf(
  sockets: TcpSockets,
  port: number,
  seconds: number,
  lookMeanwhile: boolean,
): Promise<Told> {
  const told = new Told(sockets, port)
  await using load = startProgram(
    `${root}build/test/tcp_load`,
    ['127.77.0.1', '32', String(port), String(RATE), String(seconds)],
    { interactive: true },
  )
  await load.line(/^ready$/)
  let over = false
  const made = load.ask().finally(() => {
    over = true
  })
  while (lookMeanwhile && !over) await told.look()
  expect(await made).toMatch(new RegExp(`^${RATE * seconds} connections, 0 failed`))
  await expect
    .poll(
      async () => {
        await told.look()
        return told.active
      },
      { timeout: 10_000 },
    )
    .toEqual({})
  return told
}

kernelTest(
  `${RATE * seconds} connections to 32 addresses, ${RATE} a second: each end's attempts are exactly those`,
  async () => {
    using sockets = new TcpSockets(131_072)
    const told = await toldOf(sockets, port, seconds, true)
    expect(told.attempts).toEqual({
      'source success': RATE * seconds,
      'destination success': RATE * seconds,
    })
    expect(told.lost).toBe(0)
  },
  { timeout: 60_000 + seconds * 4000 },
)

// 11,915 last accounts fit into the ring (bpf/shared/tcp.h), the others go into a table.
kernelTest('what ends in an interval and has no room in the ring is told all the same', async () => {
  using sockets = new TcpSockets(131_072)
  const told = await toldOf(sockets, port + 1, 1, false)
  expect(told.attempts).toEqual({ 'source success': RATE, 'destination success': RATE })
  expect(told.lost).toBe(0)
})

kernelTest('what has no room in the table either is counted', async () => {
  using sockets = new TcpSockets(4096)
  const told = await toldOf(sockets, port + 2, 2, false)
  const { 'source success': client = 0, 'destination success': server = 0 } = told.attempts
  expect(client + server).toBeGreaterThan(11_915)
  expect(told.lost).toBeGreaterThan(0)
  expect(client + server + told.lost).toBe(2 * 2 * RATE)
})
