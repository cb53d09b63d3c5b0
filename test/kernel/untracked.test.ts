import { expect } from 'vitest'
import * as l from '../packets/layers.ts'
import { startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { Namespace } from './network.ts'
import { sendFrames } from './on-veth.ts'
import type { Closed } from './probe.ts'

const ROUNDS = 30
const tracking = `
table ip tracking {
  chain out {
    type filter hook output priority filter;
    ct state new accept
  }
}`

// One connection drives the other out of a memory of one, so each generation meets it as a new one.
kernelTest('what conntrack never knows is told once, where it is new again and again', async () => {
  await using namespace = await Namespace.create('untracked')
  await namespace.sysctl('net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1')
  await namespace.run('nft', tracking)
  await namespace.run('ping', '-q', '-c', '1', '127.0.0.1')
  await namespace.ip('link add veth0 type veth peer name veth1')
  for (const device of ['veth0', 'veth1']) await namespace.ip(`link set dev ${device} arp off up`)

  const [enter, ...into] = namespace.enter
  const probe = [`${root}test/kernel/probe.ts`, `${root}build/flow.bpf.o`, '1', 'veth1']
  await using running = startProgram(enter, [...into, process.execPath, ...probe])
  await running.line(/^attached/)
  const frames = ['10.0.0.1', '10.0.0.9'].map((from) => l.frameOf([l.ethernet, l.ipv4({ from }), l.udp]))
  for (let round = 0; round < ROUNDS; round++) await sendFrames(namespace, 'veth0', frames)
  running.signal('SIGTERM')
  expect(await running.ended).toBe(0)

  const closed = running
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Closed)
  const sum = (of: (one: Closed) => number) => closed.reduce((all, one) => all + of(one), 0)
  expect(sum(({ unresolved }) => unresolved)).toBeGreaterThan(0)
  expect(sum(({ missing }) => Math.abs(missing.packets))).toBe(0)
  expect(sum(({ accounted, overflow }) => accounted.packets + overflow.packets)).toBe(2 * ROUNDS)
})
