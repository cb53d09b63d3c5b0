/**
 * replayed.ts INTERFACE [OPTIONS]: counts what comes in at an interface of its network namespace, and on SIGTERM prints what was
 * sent from whom to whom, as the tests of captures keep it, what was filtered, and how connections began and failed.
 */
import { Datapath, type DatapathOptions, slots } from '../../src/native/datapath.ts'
import { readInterfaces } from '../../src/native/interfaces.ts'
import { Addresses } from '../../src/pipeline/addresses.ts'
import { captureBatch } from '../../src/receivers/flows/capture-batch.ts'
import { flowBatch } from '../../src/receivers/flows/flow-batch.ts'
import { Paths } from '../../src/receivers/flows/slots.ts'
import { linesOf } from '../captures/captures.ts'
import { truthOf } from '../captures/netsonde.ts'

const name = process.argv[2]
const options = JSON.parse(process.argv[3] ?? '{}') as Partial<DatapathOptions>
const ended = new Promise((resolve) => {
  process.once('SIGTERM', resolve)
})
const keep = setInterval(() => {}, 1000)

using datapath = new Datapath({ maxFlows: 4096, ...options })
const index = readInterfaces().find((each) => each.name === name)?.index
if (index === undefined) throw new Error(`there is no ${name}`)
datapath.attachTcx(index, 'ethernet')
process.stdout.write('attached\n')
await ended
clearInterval(keep)
datapath.detach(index)
const generation = await datapath.drain()
const { batch, accounted, repeated } = flowBatch(generation, new Paths(slots()), new Addresses(), {
  value: String,
})
const outcomes = captureBatch(generation, accounted, repeated)
const lines = linesOf(truthOf([batch, outcomes]))
for (const point of outcomes)
  if (point.attribute('outcome') === 'filtered' && point.value('netsonde.capture.packets') > 0)
    lines.push(`filtered ${point.value('netsonde.capture.packets')} ${point.value('netsonde.capture.io')}`)
const { signals, signalsLost = 0 } = generation
for (let row = 0; row < (signals?.length ?? 0); row++) {
  const told: string[] = (['syn', 'synAck', 'ack'] as const).filter(
    (name) => !Number.isNaN(signals?.[name][row]),
  )
  if (signals?.roundTripUs.subarray(row * 2, row * 2 + 2).every((us) => us > 0)) told.push('rtt')
  lines.push(`signals ${[...told, signals?.unreachables[row]].join(' ')}`)
}
if (signalsLost > 0) lines.push(`signals lost ${signalsLost}`)
process.stdout.write(lines.map((line) => `> ${line}\n`).join(''))
