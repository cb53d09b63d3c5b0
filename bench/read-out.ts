/**
 * read-out.ts INTERFACE: attaches the programs and, for each line of its input, closes a generation and prints as JSON how
 * many connections it held and how much CPU time of this process that took, in microseconds.
 */
import { createInterface } from 'node:readline'
import { Datapath } from '../src/native/datapath.ts'
import { readInterfaces } from '../src/native/interfaces.ts'

const [, , name] = process.argv
using datapath = new Datapath({ maxFlows: 131_072 })
const watched = readInterfaces().find((each) => each.name === name)
if (!watched) throw new Error(`there is no interface ${name}`)
datapath.attachTcx(watched.index, 'ethernet')
process.stdout.write('attached\n')

for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage()
  const { flows, problem } = await datapath.drain()
  const { user, system } = process.cpuUsage(before)
  if (problem) throw new Error(problem)
  process.stdout.write(`${JSON.stringify({ connections: flows.length, cpuMicroseconds: user + system })}\n`)
}
