import type { DatapathOptions } from '../../src/native/datapath.ts'
import { startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import { Namespace, received } from './network.ts'

/**
 * What the programs count at the far end of a veth on which nothing moves by itself.
 *
 * @param send puts frames on the given device of the namespace, and tells how many
 * @returns a line for each sender and receiver: transport, sender, port, receiver, port, packets, bytes
 */
export async function countedOnVeth(
  send: (namespace: Namespace, device: string) => Promise<number>,
  options: Partial<DatapathOptions> = {},
): Promise<string[]> {
  await using namespace = await Namespace.create('replay')
  await namespace.sysctl('net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1')
  await namespace.ip('link add veth0 type veth peer name veth1')
  for (const device of ['veth0', 'veth1']) await namespace.ip(`link set dev ${device} mtu 65535 arp off up`)

  const [enter, ...into] = namespace.enter
  await using counting = startProgram(enter, [
    ...[...into, process.execPath, `${root}test/kernel/replayed.ts`],
    'veth1',
    JSON.stringify(options),
  ])
  await counting.line(/^attached/)
  const sent = await send(namespace, 'veth0')
  for (const deadline = performance.now() + 5000; ; ) {
    const { packets } = await received({ namespace, interface: 'veth1', mac: '', ipv4: '', ipv6: '' })
    if (packets === sent) break
    if (performance.now() > deadline) throw new Error(`${packets} of ${sent} packets arrived`)
  }
  counting.signal('SIGTERM')
  if ((await counting.ended) !== 0) throw new Error(counting.output())
  return counting
    .output()
    .split('\n')
    .filter((line) => line.startsWith('> '))
    .map((line) => line.slice(2))
}

/** Puts frames on a device, one after another. */
export async function sendFrames(
  namespace: Namespace,
  device: string,
  frames: readonly Uint8Array[],
): Promise<number> {
  const hex = frames.map((frame) => Buffer.from(frame).toString('hex'))
  await namespace.run(`${root}build/test/send_frame`, device, ...hex)
  return frames.length
}
