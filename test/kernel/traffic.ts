import { startProgram } from '../rig/program.ts'
import { type Sample, sum } from '../rig/scrape.ts'
import type { Counters, End, Path } from './network.ts'

/** Sends `what` from client to server with iperf3, and back where `what` says -R. */
export async function iperf3(net: Path, address: string, ...what: string[]): Promise<void> {
  const [enter, ...into] = net.server.namespace.enter
  await using server = startProgram(enter, [...into, 'iperf3', '-s', '-1', '--forceflush'])
  await server.line(/listening/)
  await net.client.namespace.run('iperf3', '-c', address, ...what)
  await server.ended
}

/**
 * Resolves when nothing has arrived anywhere for a second: what interfaces say when they come up is over, and so are the
 * last ACKs of connections whose processes have ended.
 */
export async function quiet(net: Path): Promise<void> {
  for (let still = 0, last = ''; still < 5; still++) {
    const now = JSON.stringify(await net.wire())
    if (now !== last) still = 0
    last = now
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** What flow.packets and flow.io say that an end has sent, by both of its addresses. */
export function counted(samples: readonly Sample[], { ipv4, ipv6 }: End): Counters {
  const total = (name: string) =>
    sum(samples, name, { source_address: ipv4 }) + sum(samples, name, { source_address: ipv6 })
  return { packets: total('netsonde_flow_packets_total'), bytes: total('netsonde_flow_io_bytes_total') }
}

export const less = (after: Counters, before: Counters): Counters => ({
  packets: after.packets - before.packets,
  bytes: after.bytes - before.bytes,
})
