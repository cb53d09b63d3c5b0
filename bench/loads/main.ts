/**
 * `npm run bench:loads`: six loads through a router that the agent watches with its default settings, and what it
 * reported of them against the wire's own counters. `-- --json`: one JSON object on the last line. Needs root.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Agent, runAgent } from '../../test/kernel/agent.ts'
import { root } from '../../test/kernel/build.ts'
import { memoryOf } from '../../test/kernel/memory.ts'
import { type Counters, type Path, path } from '../../test/kernel/network.ts'
import { less, quiet } from '../../test/kernel/traffic.ts'
import { startProgram } from '../../test/rig/program.ts'
import { type Sample, sum } from '../../test/rig/scrape.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const tool = `${root}build/bench/load`
const names = ['stream', 'connections', 'datagrams', 'flows', 'refused', 'unanswered'] as const
/** Defaults, but for the attributes by which senders are told apart. */
const configuration = `
receivers: {ebpf: {}}
processors:
  cardinality_limit:
    metrics:
      netsonde.flow.io: {attributes: [source.address, destination.address]}
      netsonde.flow.packets: {attributes: [source.address, destination.address]}
exporters: {prometheus: {endpoint: "127.0.0.1:9464"}}
service: {pipelines: {metrics: {receivers: [ebpf], processors: [cardinality_limit], exporters: [prometheus]}}}
`
/** More than an interval: what the load costs the agent is over, and no scrape has been asked for meanwhile. */
const FLUSH_MS = 6000
const TICKS_A_SECOND = 100 // USER_HZ, include/asm-generic/param.h

interface Ways {
  readonly up: Counters
  readonly down: Counters
}

const difference = (after: Ways, before: Ways): Ways => ({
  up: less(after.up, before.up),
  down: less(after.down, before.down),
})

/** What the client's and the server's link got, packet by packet: whatever was sent again is in it. */
async function onTheWire(net: Path): Promise<Ways> {
  const { toServer, toClient } = await net.wire()
  return { up: toServer, down: toClient }
}

function reported(samples: readonly Sample[], net: Path): Ways {
  const all = (name: string, labels = {}) => sum(samples, `netsonde_flow_${name}_total`, labels)
  const sent = { source_address: net.client.ipv4 }
  const up = { packets: all('packets', sent), bytes: all('io_bytes', sent) }
  return { up, down: less({ packets: all('packets'), bytes: all('io_bytes') }, up) }
}

/** User and system time. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

/** The scrape with all that has passed in it: each packet came by two hooks. */
const settled = (agent: Agent, wire: Ways): Promise<Sample[]> =>
  agent.until(
    (samples) =>
      sum(samples, 'netsonde_capture_seen_packets_total') >= 2 * (wire.up.packets + wire.down.packets),
  )

/** The server takes datagrams at five more addresses and does not answer at the last one, which it does not have. */
async function addressesOf(net: Path): Promise<Record<(typeof names)[number], string>> {
  const { namespace, ipv4: server, interface: device, mac } = net.server
  const [datagrams = '', ...more] = [11, 12, 13, 14, 15].map((host) => `10.0.2.${host}`)
  const unanswered = '10.0.2.99'
  for (const address of [datagrams, ...more]) await namespace.ip(`addr add ${address}/24 dev ${device}`)
  for (const address of [datagrams, ...more, unanswered])
    await net.router.ip(`neigh replace ${address} lladdr ${mac} dev ${net.toServer.interface} nud permanent`)
  return { stream: server, connections: server, datagrams, flows: server, refused: server, unanswered }
}

/** The share that is farthest from right. */
const worst = (shares: readonly number[]) =>
  shares.reduce((far, share) => (Math.abs(share - 100) > Math.abs(far - 100) ? share : far), 100)
const percent = (part: number, whole: number) => (whole === 0 ? 100 : (100 * part) / whole)
const found: Record<string, number> = {}
let complete = true

execFileSync('make', ['-s', 'all', 'bundle', 'bench'], { cwd: root, stdio: 'inherit' })
await using net = await path()
const addresses = await addressesOf(net)
const [enter, ...into] = net.server.namespace.enter
await using server = startProgram(enter, [...into, tool, 'serve'])
await server.line(/ready/)
await quiet(net)
const begin = await onTheWire(net)
await using agent = await runAgent(net.router, configuration)

process.stdout.write('load          packets % up, down     bytes % up, down       CPU s  peak MB\n')
for (const name of names) {
  const wireBefore = await onTheWire(net)
  const before = reported(await settled(agent, difference(wireBefore, begin)), net)
  const cpu = cpuSeconds(agent.process.pid)
  await net.client.namespace.run(tool, name, addresses[name])
  await quiet(net)
  await new Promise((resolve) => setTimeout(resolve, FLUSH_MS))
  const spent = cpuSeconds(agent.process.pid) - cpu
  const wireAfter = await onTheWire(net)
  const wire = difference(wireAfter, wireBefore)
  const report = difference(reported(await settled(agent, difference(wireAfter, begin)), net), before)
  const { peak } = await memoryOf(agent.process.pid)

  const shares = (what: keyof Counters) =>
    (['up', 'down'] as const).map((way) => percent(report[way][what], wire[way][what]))
  const [packets, bytes] = [shares('packets'), shares('bytes')]
  complete &&= [...packets, ...bytes].every((share) => share === 100)
  found[`loads_${name}_packets_percent`] = worst(packets)
  found[`loads_${name}_bytes_percent`] = worst(bytes)
  found[`loads_${name}_cpu_s`] = Number(spent.toFixed(2))
  const cell = (each: number[]) => each.map((share) => share.toFixed(3).padStart(9)).join(' ')
  process.stdout.write(
    `${name.padEnd(12)} ${cell(packets)}   ${cell(bytes)}   ${spent.toFixed(2).padStart(6)} ${(peak / 1e6).toFixed(1).padStart(8)}\n`,
  )
}
if (values.json) process.stdout.write(`${JSON.stringify(found)}\n`)
process.exitCode = complete ? 0 : 1
