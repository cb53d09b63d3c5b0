import { expect } from 'vitest'
import { TcpSockets } from '../../src/native/tcp.ts'
import { startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { Told } from './tcp-told.ts'

const port = 20_000 + (process.pid % 400) * 20 + 19
/** `TCP_LOAD_SECONDS=30` for the long form. */
const seconds = Number(process.env.TCP_LOAD_SECONDS ?? 3)
const RATE = 10_000

kernelTest(
  `${RATE * seconds} connections to 32 addresses, ${RATE} a second: each end's attempts are exactly those`,
  async () => {
    using sockets = new TcpSockets(131_072)
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
    while (!over) await told.look()
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
    expect(told.attempts).toEqual({
      'source success': RATE * seconds,
      'destination success': RATE * seconds,
    })
    expect(told.lost).toBe(0)
  },
  { timeout: 60_000 + seconds * 4000 },
)
