import { readdir, readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { startProgram } from '../rig/program.ts'
import { type Sample, sum } from '../rig/scrape.ts'
import { type Agent, configuration, runAgent } from './agent.ts'
import { kernelTest } from './kernel-test.ts'
import { link, Namespace } from './network.ts'
import { sh } from './shell.ts'

/** Generous, for a busy machine: it takes some 40 ms. */
const SOON = 1000

const receiver = (attach: string, interfaces = '') =>
  configuration(`attach: ${attach}, interfaces: {${interfaces}}`).replaceAll(
    '[source.address,',
    '[network.interface.name, source.address,',
  )

interface Told {
  readonly ms: number
  readonly name: string
  readonly kind: string
  readonly attach: 'tcx' | 'tc' | null
  readonly reason?: string
}

const toldIn = (line: string): Told => {
  const { ts, fields } = JSON.parse(line)
  return { ...fields, ms: Date.parse(ts) }
}
const lineOf = (name: string) => new RegExp(`"msg":"interface","fields":\\{"name":"${name}"`)

/** What the agent says of an interface, once it does. */
const told = async ({ process }: Agent, name: string) => toldIn((await process.line(lineOf(name))).input)

/** All that it has said of it so far. */
const allTold = ({ process }: Agent, name: string) =>
  process
    .output()
    .split('\n')
    .filter((line) => lineOf(name).test(line))
    .map(toldIn)

/** An `ip -batch` in a namespace: a line is some 1 ms, without a process each. */
const batch = ({ enter }: Namespace, lines: string[]) =>
  sh(
    'sh',
    '-c',
    'printf %s "$0" | "$@"',
    lines.map((line) => `${line}\n`).join(''),
    ...enter,
    'ip',
    '-b',
    '-',
  )

const indexOf = async (namespace: Namespace, name: string): Promise<number> =>
  JSON.parse(await namespace.ip(`-j link show dev ${name}`))[0].ifindex

const from = (samples: readonly Sample[], address: string) =>
  sum(samples, 'netsonde_flow_packets_total', { source_address: address })

const outcomes = (samples: readonly Sample[], of: string) => ({
  seen: sum(samples, `netsonde_capture_seen_${of}_total`),
  told: sum(samples, `netsonde_capture_${of}_total`),
})

/** TCX links that a process holds. */
async function links(pid: number): Promise<number> {
  const files = await readdir(`/proc/${pid}/fdinfo`)
  const texts = files.map((fd) => readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => ''))
  return (await Promise.all(texts)).filter((text) => /^link_type:\s*tcx$/m.test(text)).length
}

for (const attach of ['tcx', 'tc'] as const) {
  kernelTest(`${attach}: a veth that comes is attached at once, and its packets are counted`, async () => {
    await using node = await Namespace.create('node')
    await using pod = await Namespace.create('pod')
    await using agent = await runAgent(node, receiver(attach))

    const before = Date.now()
    const [here, there] = await link([node, 'pod0'], [pod, 'eth0'], 1)
    const { ms, ...said } = await told(agent, 'pod0')
    expect(said).toEqual({ name: 'pod0', kind: 'veth', attach })
    expect(ms - before).toBeLessThan(SOON)

    await pod.run('ping', '-q', '-c', '20', '-i', '0.002', here.ipv4)
    const samples = await agent.until((now) => from(now, there.ipv4) >= 20 && from(now, here.ipv4) >= 20)
    expect([from(samples, there.ipv4), from(samples, here.ipv4)]).toEqual([20, 20])
  })

  kernelTest(
    `${attach}: what was counted until an interface went has its name, and one outcome`,
    async () => {
      await using node = await Namespace.create('node')
      await using pod = await Namespace.create('pod')
      const [here, there] = await link([node, 'pod0'], [pod, 'eth0'], 1)
      await using agent = await runAgent(node, receiver(attach))
      const [enter, ...into] = pod.enter
      await using _ping = startProgram(enter, [...into, 'ping', '-q', '-f', here.ipv4])
      await agent.until((samples) => from(samples, there.ipv4) > 500)

      await node.ip('link del pod0')
      const echos = Number(await node.run('awk', '/^Icmp: [0-9]/ {print $9}', '/proc/self/net/snmp'))
      // The stack sees what passed the hook, except what then has no way to go.
      const samples = await agent.until(
        (now) =>
          from(now, there.ipv4) >= echos && outcomes(now, 'packets').seen === outcomes(now, 'packets').told,
      )
      expect(outcomes(samples, 'io_bytes').told).toBe(outcomes(samples, 'io_bytes').seen)
      const names = samples.flatMap(({ labels }) => labels.network_interface_name ?? [])
      expect(new Set(names)).toEqual(new Set(['pod0']))
      expect(await links(agent.process.pid)).toBe(0)
    },
  )

  kernelTest(
    `${attach}: an interface that left and came back under its index is attached again`,
    async () => {
      await using node = await Namespace.create('node')
      await using pod = await Namespace.create('pod')
      await using elsewhere = await Namespace.create('elsewhere')
      const [here, there] = await link([node, 'pod0'], [pod, 'eth0'], 1)
      const index = await indexOf(node, 'pod0')
      await using agent = await runAgent(node, receiver(attach))

      agent.process.signal('SIGSTOP') // so that it finds both events at once
      await sh(
        'sh',
        '-c',
        `${node.enter.join(' ')} ip link set pod0 netns ${elsewhere.name} &&
       ${elsewhere.enter.join(' ')} ip link set pod0 netns ${node.name}`,
      )
      agent.process.signal('SIGCONT')
      expect(await indexOf(node, 'pod0')).toBe(index)
      await expect.poll(() => allTold(agent, 'pod0').length, { timeout: 10_000 }).toBeGreaterThan(1)
      await node.ip(`addr add ${here.ipv4}/24 dev pod0`)
      await node.ip('link set pod0 up')
      await node.ip(`neigh replace ${there.ipv4} lladdr ${there.mac} dev pod0 nud permanent`)
      await pod.run('ping', '-q', '-c', '7', '-i', '0.002', here.ipv4)
      const samples = await agent.until((now) => from(now, there.ipv4) >= 7 && from(now, here.ipv4) >= 7)
      expect([from(samples, there.ipv4), from(samples, here.ipv4)]).toEqual([7, 7])
    },
  )

  kernelTest(
    `${attach}: hundreds that come and go at once leave nothing, and the next is attached`,
    async () => {
      await using node = await Namespace.create('node')
      await using agent = await runAgent(node, receiver(attach))
      const before = await links(agent.process.pid)
      const pairs = Array.from({ length: 150 }, (_, i) => i)
      await batch(node, [
        ...pairs.map((i) => `link add a${i} type veth peer name b${i}`),
        ...pairs.map((i) => `link del a${i}`),
      ])

      await node.ip('link add last0 type veth peer name last1')
      expect(await told(agent, 'last1')).toMatchObject({ attach })
      expect(await told(agent, 'last0')).toMatchObject({ attach })
      expect(await links(agent.process.pid)).toBe(before + (attach === 'tcx' ? 4 : 0))
      expect(agent.process.output()).not.toMatch(/"level":"(warn|error)"(?!.*no interface is watched)/)
      await agent.scrape()
    },
  )
}

kernelTest('interfaces that come while the agent starts are not missed', async () => {
  await using node = await Namespace.create('node')
  const names = Array.from({ length: 40 }, (_, i) => `v${i}`)
  let coming: Promise<unknown> = Promise.resolve()
  for (const name of names)
    coming = coming.then(() => node.ip(`link add ${name} type veth peer name ${name}p`))
  await using agent = await runAgent(node, receiver('tc'))
  await coming

  for (const name of names) expect(await told(agent, name)).toMatchObject({ attach: 'tc' })
})

kernelTest('a new name is chosen by anew; a bridge leaves its port attached', async () => {
  await using node = await Namespace.create('node')
  await node.ip('link add v0 type veth peer name v1')
  await using agent = await runAgent(node, receiver('tcx', 'exclude: [lo, "hidden*"]'))

  await node.ip('link set v0 name w0')
  expect(await told(agent, 'w0')).toMatchObject({ attach: 'tcx' })
  await node.ip('link set v1 name hidden0')
  expect(await told(agent, 'hidden0')).toMatchObject({ attach: null, reason: 'exclude: hidden*' })

  await node.ip('link add br0 type bridge')
  expect(await told(agent, 'br0')).toMatchObject({ kind: 'bridge', attach: null })
  await node.ip('link set w0 master br0')
  await node.ip('link add end0 type veth peer name end1')
  await told(agent, 'end0')
  expect(allTold(agent, 'w0')).toHaveLength(1)
  expect(await links(agent.process.pid)).toBe(6) // w0, end0, end1
})

kernelTest('netsonde_capability says how programs are attached, and why not otherwise', async () => {
  await using node = await Namespace.create('node')
  await node.ip('link add v0 type veth peer name v1')
  const said = async (attach: string) => {
    await using agent = await runAgent(node, receiver(attach))
    const samples = await agent.until((now) => now.some(({ name }) => name === 'netsonde_capability'))
    return samples
      .filter(({ name, labels }) => name === 'netsonde_capability' && labels.feature?.startsWith('attach.'))
      .map(({ labels: { feature, state, reason }, value }) => ({ feature, state, reason, value }))
  }
  expect(await said('tc')).toEqual([
    { feature: 'attach.tcx', state: 'disabled', reason: 'configuration', value: 1 },
    { feature: 'attach.tc', state: 'available', reason: undefined, value: 1 },
    { feature: 'attach.cgroup', state: 'disabled', reason: 'configuration', value: 1 },
  ])
  expect(await said('auto')).toEqual([
    { feature: 'attach.tcx', state: 'available', reason: undefined, value: 1 },
    { feature: 'attach.tc', state: 'disabled', reason: 'not_needed', value: 1 },
    { feature: 'attach.cgroup', state: 'disabled', reason: 'configuration', value: 1 },
  ])
})
