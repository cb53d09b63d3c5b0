/**
 * Attaches the programs of argv[2] to the interfaces argv[3...] of its network namespace and prints, as JSON, a line
 * for each generation, one after another without a pause. Ends on SIGTERM with the line of the last one.
 */
import { Datapath, readInterfaces, slots } from '../../src/native.ts'
import { Addresses } from '../../src/pipeline/addresses.ts'
import { captureBatch } from '../../src/receivers/ebpf/capture-batch.ts'
import { flowBatch } from '../../src/receivers/ebpf/flow-batch.ts'

const [, , objectPath = '', ...names] = process.argv
let ending = false
process.once('SIGTERM', () => {
  ending = true
})

using datapath = new Datapath(65536, objectPath)
const watched = readInterfaces().filter(({ name }) => names.includes(name))
for (const { index } of watched) datapath.attachTcx(index, 'ethernet')
process.stdout.write('attached\n')

for (let last = false; !last; ) {
  last = ending
  if (last) for (const { index } of watched) datapath.detach(index)
  const generation = await datapath.drain()
  const { accounted, repeated } = flowBatch(generation, slots(), new Addresses(), { value: String })
  const outcomes = Array.from(captureBatch(generation, accounted, repeated), (point) => ({
    packets: point.value('netsonde.capture.packets'),
    bytes: point.value('netsonde.capture.io'),
  })).slice(1)
  const { seen } = generation.capture
  const missing = {
    packets: seen.packets - outcomes.reduce((all, { packets }) => all + packets, 0),
    bytes: seen.bytes - outcomes.reduce((all, { bytes }) => all + bytes, 0),
  }
  process.stdout.write(`${JSON.stringify({ seen, accounted, flows: generation.flows.length, missing })}\n`)
}
