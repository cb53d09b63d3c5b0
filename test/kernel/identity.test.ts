import { expect } from 'vitest'
import { startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import { Cgroup } from './cgroups.ts'
import { kernelTest } from './kernel-test.ts'
import { type End, path } from './network.ts'
import type { Closed } from './probe.ts'
import { sh } from './shell.ts'

/**
 * Traffic of many connections on both CPUs while generations are closed as fast as they can be.
 *
 * @param cgroup where the programs are, and both ends of the traffic; else they are at the router's interfaces
 */
async function generations(object: string, cgroup?: Cgroup): Promise<Closed[]> {
  await using net = await path()
  const [enter, ...into] = net.router.enter
  const where = cgroup ? [cgroup.directory] : ['client0', 'server0']
  const probe = [`${root}test/kernel/probe.ts`, root + object, '65536', ...where]
  await using running = startProgram(enter, [...into, process.execPath, ...probe])
  await running.line(/^attached/)

  const enterOf = ({ namespace }: End) => cgroup?.enter(namespace) ?? namespace.enter
  const [serverEnter, ...serverInto] = enterOf(net.server)
  const [clientEnter, ...clientInto] = enterOf(net.client)
  for (const flags of [
    ['-P', '8', '-n', '200M'],
    ['-u', '-P', '8', '-b', '50M', '-l', '200', '-t', '1'],
  ]) {
    await using server = startProgram(serverEnter, [...serverInto, 'iperf3', '-s', '-1', '--forceflush'])
    await server.line(/listening/)
    await sh(clientEnter, ...clientInto, 'iperf3', '-c', net.server.ipv6, ...flags)
    await server.ended
  }

  running.signal('SIGTERM')
  expect(await running.ended).toBe(0)
  return running
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Closed)
}

const nothing = { packets: 0, bytes: 0 }
const violated = (closed: Closed[]) =>
  closed.filter(({ missing }) => missing.packets !== 0 || missing.bytes !== 0)

kernelTest('in every generation each packet that was seen has one outcome', async () => {
  const closed = await generations('build/flow.bpf.o')
  const busy = closed.filter(({ flows }) => flows >= 8)
  expect(busy.length).toBeGreaterThan(20)
  expect(closed.reduce((all, { accounted }) => all + accounted.packets, 0)).toBeGreaterThan(200e6 / 1428)
  expect(closed.map(({ missing }) => missing)).toEqual(closed.map(() => nothing))
})

kernelTest('at sockets too, of both ends', async () => {
  await using cgroup = await Cgroup.create('identity')
  const closed = await generations('build/flow.bpf.o', cgroup)
  expect(closed.filter(({ flows }) => flows >= 8).length).toBeGreaterThan(20)
  expect(closed.reduce((all, { accounted }) => all + accounted.packets, 0)).toBeGreaterThan(200e6 / 1428)
  expect(closed.map(({ missing }) => missing)).toEqual(closed.map(() => nothing))
})

for (const [fault, missing] of [
  ['ADD_LEFT_OUT', 1],
  ['ADD_DONE_TWICE', -1],
  ['ENTRY_DROPPED_AT_THE_TURN', 1],
] as const)
  kernelTest(`the identity fails for programs with the fault ${fault}`, async () => {
    const broken = violated(await generations(`build/faults/${fault}.bpf.o`))
    expect(broken.length).toBeGreaterThan(0)
    for (const { missing: found } of broken) expect(Math.sign(found.packets)).toBe(missing)
  })
