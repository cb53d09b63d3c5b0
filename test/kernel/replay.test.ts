import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { answerOf, captures, pathOf } from '../captures/captures.ts'
import { kernelTest } from './kernel-test.ts'
import { countedOnVeth } from './on-veth.ts'

/** Captures that cannot go over a veth as they were, or of which the programs are not to say the same. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'RADIUS-RFC3162.pcap': 'not Ethernet',
  'babel_rtt.pcap': 'not Ethernet',
  'dns-badcookie.pcap': 'not Ethernet',
  'ipoipoip.pcap': 'not Ethernet',
  'communityid.pcap.gz': 'the frames were cut when they were captured, and only what is left can be sent',
  'many_interfaces.pcapng': 'tcpreplay does not read it: interfaces of several link types',
}

for (const { name, inside } of captures.filter((each) => !LEFT_OUT[each.name]))
  kernelTest(
    `${name}: replayed on a veth, the programs count what tshark reads${inside ? ' inside' : ''}`,
    async () => {
      expect(await replay(name, inside)).toEqual(answerOf(name, inside))
    },
  )

async function replay(name: string, decapsulate: boolean): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
  try {
    const file = join(folder, 'capture')
    const packed = await readFile(pathOf(name))
    await writeFile(file, name.endsWith('.gz') ? gunzipSync(packed) : packed)
    return await countedOnVeth(
      async (namespace, device) => {
        const said = await namespace.run('tcpreplay', '--topspeed', '--preload-pcap', '-i', device, file)
        return Number(/Successful packets:\s+(\d+)/.exec(said)?.[1])
      },
      { decapsulate },
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}
