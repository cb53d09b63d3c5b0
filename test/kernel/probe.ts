/**
 * probe.ts OBJECT MAX_FLOWS [tcx|tc] INTERFACE...: attaches the programs to interfaces of its network namespace and prints, as
 * JSON, a line for each generation, one after another without a pause. Ends on SIGTERM with the line of the last one.
 * Instead of interfaces the directory of a cgroup: to its sockets.
 */
import { Datapath, slots } from '../../src/native/datapath.ts'
import type { Size } from '../../src/native/generation.ts'
import { readInterfaces } from '../../src/native/interfaces.ts'
import { Addresses } from '../../src/pipeline/addresses.ts'
import { captureBatch } from '../../src/receivers/flows/capture-batch.ts'
import { flowBatch } from '../../src/receivers/flows/flow-batch.ts'
import { Owed } from '../../src/receivers/flows/owed.ts'
import { Places } from '../../src/receivers/flows/places.ts'
import { Paths } from '../../src/receivers/flows/slots.ts'
import { SocketPaths } from '../../src/receivers/flows/sockets.ts'
import { Tunnels } from '../../src/receivers/flows/tunnels.ts'

export interface Closed {
  readonly seen: Size
  readonly accounted: Size
  readonly overflow: Size
  /** Connections in the table. */
  readonly flows: number
  /** What of `seen` has no outcome; below zero: has more than one. */
  readonly missing: Size
  /** New connections that were held back in vain. */
  readonly unresolved: number
}

const [, , objectPath = '', maxFlows = '', ...where] = process.argv
const clsact = where[0] === 'tc'
const names = where[0] === 'tcx' || clsact ? where.slice(1) : where
let ending = false
process.once('SIGTERM', () => {
  ending = true
})

const atSockets = names[0]?.startsWith('/') ? names[0] : undefined
using datapath = new Datapath({ maxFlows: Number(maxFlows), atSockets: atSockets !== undefined }, objectPath)
const watched = readInterfaces().filter(({ name }) => names.includes(name))
for (const { index } of watched)
  if (clsact) datapath.attachClsact(index, 'ethernet')
  else datapath.attachTcx(index, 'ethernet')
if (atSockets) datapath.attachCgroup(atSockets)
process.stdout.write('attached\n')

const places = new Places()
const tunnels = new Tunnels()
for (const each of [places, tunnels])
  each.update(readInterfaces(), (index) => watched.some((one) => one.index === index))
const paths = atSockets
  ? new SocketPaths(slots(), new Owed())
  : new Paths(slots(), places, tunnels, new Owed())
for (let last = false; !last; ) {
  last = ending
  if (last) for (const { index } of watched) datapath.detach(index)
  const generation = await datapath.drain(last)
  const { accounted, repeated } = flowBatch(generation, paths, new Addresses(), { value: String })
  const outcomes = Array.from(captureBatch(generation, accounted, repeated), (point) => ({
    outcome: point.attribute('outcome'),
    packets: point.value('netsonde.capture.packets'),
    bytes: point.value('netsonde.capture.io'),
  })).slice(1)
  const { packets = 0, bytes = 0 } = outcomes.find(({ outcome }) => outcome === 'overflow') ?? {}
  const { seen } = generation.capture
  const missing = {
    packets: seen.packets - outcomes.reduce((all, { packets }) => all + packets, 0),
    bytes: seen.bytes - outcomes.reduce((all, { bytes }) => all + bytes, 0),
  }
  const closed: Closed = {
    seen,
    accounted,
    overflow: { packets, bytes },
    flows: generation.flows.length,
    missing,
    unresolved: generation.translations?.unresolved ?? 0,
  }
  process.stdout.write(`${JSON.stringify(closed)}\n`)
}
