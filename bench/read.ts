import { strict as assert } from 'node:assert'
import { fileURLToPath } from 'node:url'
import { path } from '../test/kernel/network.ts'
import { startProgram } from '../test/rig/program.ts'
import type { Figures } from './figures.ts'

const CONNECTIONS = 100_000
const ROUNDS = 5

const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** What it takes to read a generation of many connections out of the kernel, an empty one's cost subtracted. */
export async function readFigures(): Promise<Figures> {
  await using net = await path()
  const [enter, ...into] = net.router.enter
  const { namespace, interface: out } = net.client
  await using reader = startProgram(
    enter,
    [...into, process.execPath, file('bench/read-out.ts'), net.toClient.interface],
    { interactive: true },
  )
  await reader.line(/^attached$/)
  const read = async () => JSON.parse(await reader.ask()) as { connections: number; cpuMicroseconds: number }

  await read()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const empty = await read()
    await namespace.run(file('build/test/flood'), out, net.toClient.mac, String(CONNECTIONS))
    const full = await read()
    assert.ok(full.connections > 0.9 * CONNECTIONS, `only ${full.connections} connections were there`)
    times.push(((full.cpuMicroseconds - empty.cpuMicroseconds) * 1000) / full.connections)
  }
  return {
    kernel_read_ns_per_flow: {
      value: Math.min(...times),
      unit: 'ns',
      about: `a connection of ${CONNECTIONS} read out of the kernel and put into columns, CPU time`,
    },
  }
}
