import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  enhanced,
  interfaceOf,
  obsolete,
  pcap,
  pcapng,
  section,
  simple,
  unknown,
} from '../../../test/captures/write.ts'
import { ethernet, ipv4, ipv6, type Make, tcp, udp } from '../../../test/packets/layers.ts'
import { Capture, type CapturePart } from '../../native.ts'
import { openCapture } from './capture.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(file: Uint8Array, options = {}): Promise<CapturePart[]> {
  const path = join(folder, 'a')
  await writeFile(path, file)
  using capture = await openCapture(path, { maxFlows: 100, decapsulate: false, ...options })
  await capture.read()
  return [...capture.parts(10)]
}

const frame = (...makes: Make[]) => {
  const layers: ReturnType<Make>[] = []
  for (const make of makes.toReversed()) layers.unshift(make(layers[0]))
  return Uint8Array.from(layers.flatMap(({ bytes }) => bytes))
}
const overEthernet = frame(ethernet, ipv4(), tcp())
const overIp = frame(ipv6(), udp)
const timeNs = 1_700_000_000_123_456_789n
const ms = 1_700_000_000_123.4568
const first = { bytes: overEthernet, timeNs, original: 1500 }
const second = { bytes: overIp, timeNs, original: 90 }

/** Connections, packets and bytes seen, and the time of the first packet, in milliseconds. */
const summary = ([part]: CapturePart[]) => {
  if (!part) throw new Error('there is no part')
  return [part.flows.length, part.capture.seen.packets, part.capture.seen.bytes, part.startMs, part.problem]
}
const us = Math.floor(ms * 1000) / 1000

test.each([
  ['pcap', pcap([first]), [1, 1, 1500, us, undefined]],
  ['pcap, big-endian', pcap([first], { order: 'big' }), [1, 1, 1500, us, undefined]],
  ['pcap, nanoseconds', pcap([first], { nanoseconds: true }), [1, 1, 1500, ms, undefined]],
  [
    'pcap, nanoseconds, big-endian',
    pcap([first], { nanoseconds: true, order: 'big' }),
    [1, 1, 1500, ms, undefined],
  ],
  [
    'pcap whose link type has flags above it',
    pcap([first], { linkType: 0x24000001 }),
    [1, 1, 1500, us, undefined],
  ],
  ['pcap packed by gzip', gzipSync(pcap([first])), [1, 1, 1500, us, undefined]],
  ['pcap without packets', pcap([]), [0, 0, 0, 0, undefined]],
  ...(['little', 'big'] as const).map(
    (order) =>
      [
        `pcapng, ${order}-endian: two interfaces, each with its link type and its clock`,
        pcapng(order, [
          section,
          interfaceOf(1),
          interfaceOf(101, 9),
          unknown,
          enhanced({ ...first, interface: 0 }, timeNs / 1000n),
          enhanced({ ...second, interface: 1 }, timeNs),
        ]),
        [2, 2, 1590, us, undefined],
      ] as const,
  ),
  [
    'pcapng whose clock counts in a negative power of two',
    pcapng('little', [section, interfaceOf(1, 0x80 | 10), enhanced(first, 1_700_000_000n << 10n)]),
    [1, 1, 1500, 1_700_000_000_000, undefined],
  ],
  [
    'pcapng with packet blocks of the two other kinds',
    pcapng('big', [section, interfaceOf(1), simple(first), obsolete(first, timeNs / 1000n)]),
    [1, 2, 3000, us, undefined],
  ],
  [
    'pcapng whose second section has the other byte order, and interfaces of its own',
    Buffer.concat([
      pcapng('little', [section, interfaceOf(1), enhanced(first, timeNs / 1000n)]),
      pcapng('big', [section, interfaceOf(101), enhanced(second, timeNs / 1000n)]),
    ]),
    [2, 2, 1590, us, undefined],
  ],
] as [string, Uint8Array, unknown[]][])('%s', async (_, file, expected) => {
  expect(summary(await read(file))).toEqual(expected)
})

test('a snapshot length cuts what a simple packet holds, not what it counts', async () => {
  const [part] = await read(
    pcapng('little', [
      section,
      interfaceOf(1, 6, 20),
      simple({ bytes: overEthernet.subarray(0, 20), original: 1500 }),
    ]),
  )
  expect(part?.capture.unparsed.truncated).toEqual({ packets: 1, bytes: 1500 })
})

const whole = pcap([first, first, first])
const blocks = pcapng('little', [section, interfaceOf(1), enhanced(first, 1n), enhanced(first, 1n)])
const withLength = (file: Buffer, at: number, length: number) => {
  const changed = Buffer.from(file)
  changed.writeUInt32LE(length, at)
  return changed
}

test.each([
  ['the file ends within a packet', whole.subarray(0, -1), 2, /byte \d+: the file ends within a packet/],
  ['the file ends within its own header', whole.subarray(0, 20), 0, /the file ends within the file's header/],
  [
    'the file ends within the header of a packet',
    whole.subarray(0, 24 + 16 + overEthernet.length + 5),
    1,
    /within the header of a packet/,
  ],
  [
    'a packet is larger than any',
    withLength(whole, 32, 262_145),
    0,
    /262145 captured bytes; the most is 262144/,
  ],
  ['gzip data ends early', gzipSync(whole).subarray(0, -12), undefined, /unpacking|ends within/],
  ['the file ends within a block', blocks.subarray(0, -1), 2, /the file ends within a block/],
  ['a block has an odd length', withLength(blocks, 32, 13), 0, /a block of 13 bytes/],
  ['a block is larger than any', withLength(blocks, 32, 1 << 30), 0, /a block of 1073741824 bytes/],
  [
    'a block does not repeat its length',
    withLength(blocks, blocks.length - 4, 0),
    2,
    /a block's length is not repeated at its end/,
  ],
  [
    'a packet belongs to no interface',
    pcapng('little', [section, enhanced(first, 1n)]),
    0,
    /an interface that was not described/,
  ],
] as [string, Uint8Array, number | undefined, RegExp][])(
  '%s: what was read before counts, and where it ended is told',
  async (_, file, packets, problem) => {
    const [part] = await read(file)
    if (packets !== undefined) expect(part?.capture.seen.packets).toBe(packets)
    expect(part?.problem).toMatch(problem)
  },
)

test('a link type that is not known is an outcome of its own', async () => {
  const [part] = await read(pcap([first], { linkType: 105 }))
  expect(part?.capture.unparsed).toEqual({
    not_ip: { packets: 0, bytes: 0 },
    truncated: { packets: 0, bytes: 0 },
    malformed: { packets: 0, bytes: 0 },
    unknown_link: { packets: 1, bytes: 1500 },
  })
  expect(part?.problem).toBe('link type 105 is not known')
})

test.each([
  ['nothing', new Uint8Array()],
  ['text', Buffer.from('no capture at all')],
])('%s is refused', async (_, file) => {
  await expect(read(file)).rejects.toMatchObject({
    code: 'CAPTURE_FORMAT',
    message: `${join(folder, 'a')} is neither a pcap nor a pcapng file`,
  })
})

test('a file that is not there is refused', async () => {
  await expect(openCapture('/no/such.pcap', { maxFlows: 1, decapsulate: false })).rejects.toMatchObject({
    code: 'CAPTURE_UNREADABLE',
    message: 'opening /no/such.pcap: No such file or directory',
  })
})

test('a capture that is not open, or was read, cannot be read', async () => {
  using capture = new Capture('/no/such.pcap', { maxFlows: 1, decapsulate: false })
  await expect(capture.read()).rejects.toMatchObject({ code: 'EBADF' })
})
