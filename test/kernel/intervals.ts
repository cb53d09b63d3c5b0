/** Prints the ends of three intervals of flows, and of three of TCP's sockets: milliseconds since the epoch. */
import { Datapath } from '../../src/native/datapath.ts'
import { TcpSockets } from '../../src/native/tcp.ts'

using datapath = new Datapath({ maxFlows: 16 })
using sockets = new TcpSockets(16)
const ends: number[][] = []
for (const source of [datapath, sockets]) {
  const own: number[] = []
  for (let i = 0; i < 3; i++) own.push((await source.drain()).endMs)
  ends.push(own)
}
process.stdout.write(JSON.stringify(ends))
