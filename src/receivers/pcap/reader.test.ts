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
  unpadded,
} from '../../../test/captures/write.ts'
import { ethernet, ipv4, ipv6, type Make, tcp, udp } from '../../../test/packets/layers.ts'
import { Capture, type CapturePart } from '../../native/capture.ts'
import { openCapture, unknownLinks } from './capture.ts'

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
const ms = 1_700_000_000_123.456 // cut to the microsecond
const first = { bytes: overEthernet, timeNs, original: 1500 }
const second = { bytes: overIp, timeNs, original: 90 }

/** Connections, packets and bytes seen, and the time of the first packet, in milliseconds. */
const summary = ([part]: CapturePart[]) => {
  if (!part) throw new Error('there is no part')
  return [part.flows.length, part.capture.seen.packets, part.capture.seen.bytes, part.startMs, part.problem]
}

test.each([
  ['pcap', pcap([first]), [1, 1, 1500, ms, undefined]],
  ['pcap, big-endian', pcap([first], { order: 'big' }), [1, 1, 1500, ms, undefined]],
  ['pcap, nanoseconds', pcap([first], { nanoseconds: true }), [1, 1, 1500, ms, undefined]],
  [
    'pcap, nanoseconds, big-endian',
    pcap([first], { nanoseconds: true, order: 'big' }),
    [1, 1, 1500, ms, undefined],
  ],
  [
    'pcap whose link type has flags above it',
    pcap([first], { linkType: 0x24000001 }),
    [1, 1, 1500, ms, undefined],
  ],
  [
    'pcap whose records have their lengths the other way round (2.2)',
    pcap([{ ...first, bytes: overEthernet, original: 1500 }], { version: [2, 2] }),
    [1, 1, 1500, ms, undefined],
  ],
  [
    'pcap of which nobody knows which length is first (2.3)',
    pcap([first], { version: [2, 3] }),
    [1, 1, 1500, ms, undefined],
  ],
  [
    'pcap whose records have 8 bytes more, of old Linux distributions',
    pcap([first, first], { modified: true }),
    [1, 2, 3000, ms, undefined],
  ],
  ['pcap packed by gzip', gzipSync(pcap([first])), [1, 1, 1500, ms, undefined]],
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
        [2, 2, 1590, ms, undefined],
      ] as const,
  ),
  [
    'pcapng whose clock counts in a negative power of two',
    pcapng('little', [section, interfaceOf(1, 0x80 | 10), enhanced(first, 1_700_000_000n << 10n)]),
    [1, 1, 1500, 1_700_000_000_000, undefined],
  ],
  [
    'pcapng whose clock began a day later',
    pcapng('big', [section, interfaceOf(1, 6, 0, 86_400n), enhanced(first, 0n)]),
    [1, 1, 1500, 86_400_000, undefined],
  ],
  [
    'pcapng whose clock began before the epoch',
    pcapng('little', [section, interfaceOf(1, 9, 0, -1n), enhanced(first, 1n)]),
    [1, 1, 1500, -1000, undefined],
  ],
  ['a packet of the epoch itself', pcap([{ ...first, timeNs: 0n }]), [1, 1, 1500, 0, undefined]],
  [
    'pcapng whose block lengths leave out the padding',
    pcapng('little', [
      section,
      interfaceOf(1),
      unpadded(first, timeNs / 1000n),
      enhanced(first, timeNs / 1000n),
    ]),
    [1, 2, 3000, ms, undefined],
  ],
  [
    'pcapng with packet blocks of the two other kinds',
    pcapng('big', [section, interfaceOf(1), simple(first), obsolete(first, timeNs / 1000n)]),
    [1, 2, 3000, ms, undefined],
  ],
  [
    'pcapng whose second section has the other byte order, and interfaces of its own',
    Buffer.concat([
      pcapng('little', [section, interfaceOf(1), enhanced(first, timeNs / 1000n)]),
      pcapng('big', [section, interfaceOf(101), enhanced(second, timeNs / 1000n)]),
    ]),
    [2, 2, 1590, ms, undefined],
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
  [
    'the file ends within a packet',
    whole.subarray(0, -1),
    2,
    /^packet 3 at byte \d+: the file ends within it, at byte \d+$/,
  ],
  [
    'the file ends within its own header',
    whole.subarray(0, 20),
    0,
    /^header: the file ends within it, at byte 20$/,
  ],
  [
    'the file ends within the header of a packet',
    whole.subarray(0, 24 + 16 + overEthernet.length + 5),
    1,
    /^packet 2 at byte \d+: the file ends within its header/,
  ],
  [
    'a packet is larger than any',
    withLength(whole, 32, 262_145),
    0,
    /^packet 1 at byte 24: it has 262145 captured bytes; the most is 262144$/,
  ],
  ['gzip data ends early', gzipSync(whole).subarray(0, -12), undefined, /unpacking|ends within/],
  [
    'the file ends within a block',
    blocks.subarray(0, -1),
    2,
    /^block 4 at byte \d+: the file ends within it/,
  ],
  [
    'a block is shorter than any',
    withLength(blocks, 32, 11),
    0,
    /^block 2 at byte 28: it has 11 bytes; 12 to/,
  ],
  [
    'a block is larger than any',
    withLength(blocks, 32, 1 << 30),
    0,
    /^block 2 at byte 28: it has 1073741824 bytes; 12 to/,
  ],
  [
    'a block does not repeat its length',
    withLength(blocks, blocks.length - 4, 0),
    2,
    /^block 4 at byte \d+: at its end it says that it has 0 bytes, and at its beginning \d+$/,
  ],
  [
    'a packet belongs to no interface',
    pcapng('little', [section, enhanced(first, 1n)]),
    0,
    /^block 2 at byte 28: its packet is of interface 0, and its section describes 0$/,
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
  const [part] = await read(pcap([first], { linkType: 147 }))
  expect(part?.capture.unparsed).toEqual({
    not_ip: { packets: 0, bytes: 0 },
    truncated: { packets: 0, bytes: 0 },
    malformed: { packets: 0, bytes: 0 },
    unknown_link: { packets: 1, bytes: 1500 },
  })
  expect(part && unknownLinks(part)).toBe('1 packets are of a link type that is not known: 147')
  expect(part?.problem).toBeUndefined()
})

test.each([
  ['nothing', new Uint8Array(), 'it is empty'],
  ['text', Buffer.from('no capture at all'), 'it begins with the bytes 6e 6f 20 63'],
  ['a file of 3 bytes', Buffer.from([0xd4, 0xc3, 0xb2]), 'it begins with the bytes d4 c3 b2'],
  ['what zstd has packed', Buffer.from('28b52ffd00', 'hex'), 'it is packed by zstd; unpack it first'],
  [
    'a capture of snoop',
    Buffer.from('snoop'),
    'it is a capture of snoop; editcap -F pcapng turns it into one that is read',
  ],
  ['pcap of an unknown version', pcap([], { version: [1, 4] }), 'it is pcap of version 1.4; 2.4 is read'],
] as [string, Uint8Array, string][])('%s is refused', async (_, file, why) => {
  await expect(read(file)).rejects.toMatchObject({
    code: 'CAPTURE_FORMAT',
    message: `${join(folder, 'a')} is neither a pcap nor a pcapng file: ${why}`,
  })
})

test('a directory is refused', async () => {
  await expect(openCapture(folder, { maxFlows: 1, decapsulate: false })).rejects.toMatchObject({
    code: 'CAPTURE_UNREADABLE',
    message: `reading ${folder}: Is a directory`,
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
