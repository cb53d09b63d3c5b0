import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { answerOf, captures, pathOf } from '../captures/captures.ts'
import { startProgram } from '../rig/program.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { Namespace, received } from './network.ts'

/** Captures that cannot go over a veth as they were, or of which the programs are not to say the same. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'RADIUS-RFC3162.pcap': 'not Ethernet',
  'babel_rtt.pcap': 'not Ethernet',
  'dns-badcookie.pcap': 'not Ethernet',
  'ipoipoip.pcap': 'not Ethernet',
  'communityid.pcap.gz': 'the frames were cut when they were captured, and only what is left can be sent',
  'many_interfaces.pcapng': 'tcpreplay does not read it: interfaces of several link types',
  'afs.pcap': 'fragments after the first: the programs count them without ports',
}

for (const { name } of captures.filter((each) => !each.inside && !LEFT_OUT[each.name]))
  kernelTest(`${name}: replayed on a veth, the programs count what tshark reads`, async () => {
    expect(await replay(name)).toEqual(answerOf(name, false))
  })

async function replay(name: string): Promise<string[]> {
  await using namespace = await Namespace.create('replay')
  await namespace.sysctl('net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1')
  await namespace.ip('link add veth0 type veth peer name veth1')
  for (const device of ['veth0', 'veth1']) await namespace.ip(`link set dev ${device} mtu 65535 arp off up`)

  const [enter, ...into] = namespace.enter
  await using counting = startProgram(enter, [
    ...[...into, process.execPath, `${root}test/kernel/replayed.ts`],
    'veth1',
  ])
  await counting.line(/^attached/)
  const folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
  try {
    const file = join(folder, 'capture')
    const packed = await readFile(pathOf(name))
    await writeFile(file, name.endsWith('.gz') ? gunzipSync(packed) : packed)
    const said = await namespace.run('tcpreplay', '--topspeed', '--preload-pcap', '-i', 'veth0', file)
    const sent = Number(/Successful packets:\s+(\d+)/.exec(said)?.[1])
    for (const deadline = performance.now() + 5000; ; ) {
      const { packets } = await received({ namespace, interface: 'veth1', mac: '', ipv4: '', ipv6: '' })
      if (packets === sent) break
      if (performance.now() > deadline) throw new Error(`${packets} of ${sent} packets arrived`)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  counting.signal('SIGTERM')
  expect(await counting.ended).toBe(0)
  return counting
    .output()
    .split('\n')
    .filter((line) => line.startsWith('> '))
    .map((line) => line.slice(2))
}
