import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pcap } from '../../../test/captures/write.ts'
import {
  ethernet,
  fragment,
  ipv4,
  ipv6,
  type Layer,
  type Make,
  middle,
  shortTcp,
  tcp,
  udp,
  vxlan,
} from '../../../test/packets/layers.ts'
import { flows } from '../../cli/flows.ts'
import { TestHost } from '../../cli/testdata/host.ts'
import { openCapture } from './capture.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
})
afterAll(() => rm(folder, { recursive: true }))

function frame(...makes: Make[]): Uint8Array {
  const layers: Layer[] = []
  for (const make of [ethernet, ...makes].toReversed()) layers.unshift(make(layers[0]))
  return Uint8Array.from(layers.flatMap(({ bytes }) => bytes))
}
/** TCP or UDP from one port to another. */
const transport =
  (protocol: 6 | 17, from: number, to: number, flags = 0x10): Make =>
  () => ({
    name: 'transport',
    protocol,
    bytes: [from >> 8, from & 255, to >> 8, to & 255, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0],
  })
const there = ipv4({ from: '10.0.0.1', to: '10.0.0.2' })
const back = ipv4({ from: '10.0.0.2', to: '10.0.0.1' })

async function save(frames: readonly Uint8Array[]): Promise<string> {
  const path = join(folder, 'a.pcap')
  await writeFile(path, pcap(frames.map((bytes, i) => ({ bytes, timeNs: BigInt(i + 1) * 1_000_000_000n }))))
  return path
}

async function flowsOf(frames: readonly Uint8Array[], decapsulate = false) {
  const { host, stdout } = new TestHost()
  expect(await flows({ path: await save(frames), decapsulate }, host)).toBe(0)
  expect(stdout.unwritten).toBe(0) // the process ends now, and with it what a pipe has not taken
  const lines = stdout.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { capture: lines.pop().capture, lines }
}
const ends = (line: Record<string, unknown>) =>
  `${line['source.address']} ${line['source.port']} ${line['destination.address']} ${line['destination.port']}`

test.each([
  ['a SYN tells the client', [frame(there, transport(6, 5, 9, 2))], '10.0.0.1 5 10.0.0.2 9', 'syn'],
  [
    'a SYN with ACK tells the server',
    [frame(there, transport(6, 5, 9, 0x12))],
    '10.0.0.2 9 10.0.0.1 5',
    'syn',
  ],
  [
    'a SYN wins over a known port',
    [frame(there, transport(6, 443, 50000)), frame(there, transport(6, 443, 50000, 2))],
    '10.0.0.1 443 10.0.0.2 50000',
    'syn',
  ],
  [
    'of two SYNs of the same ports the later one tells: they were used again',
    [frame(there, transport(6, 5, 9, 2)), frame(back, transport(6, 9, 5, 2))],
    '10.0.0.2 9 10.0.0.1 5',
    'syn',
  ],
  [
    'a known port is the server',
    [frame(there, transport(6, 443, 99))],
    '10.0.0.2 99 10.0.0.1 443',
    'known_port',
  ],
  ['of UDP, too', [frame(there, transport(17, 53, 99))], '10.0.0.2 99 10.0.0.1 53', 'known_port'],
  ['two known ports tell nothing', [frame(there, transport(6, 443, 22))], '10.0.0.1 443 10.0.0.2 22', 'none'],
  [
    'a lower port tells nothing',
    [frame(there, transport(6, 7000, 50000))],
    '10.0.0.1 7000 10.0.0.2 50000',
    'none',
  ],
  [
    'without evidence the first sender comes first',
    [frame(back, transport(6, 9, 5))],
    '10.0.0.2 9 10.0.0.1 5',
    'none',
  ],
])('%s', async (_, frames, expected, evidence) => {
  const { lines } = await flowsOf(frames)
  expect(lines.map((line) => [ends(line), line['netsonde.flow.direction.evidence']])).toEqual([
    [expected, evidence],
  ])
})

test('both ways of a connection are one line', async () => {
  const { lines, capture } = await flowsOf([
    frame(there, transport(6, 50000, 80, 2)),
    frame(back, transport(6, 80, 50000, 0x12)),
    frame(there, transport(6, 50000, 80)),
  ])
  expect(lines).toEqual([
    {
      'source.address': '10.0.0.1',
      'source.port': 50000,
      'destination.address': '10.0.0.2',
      'destination.port': 80,
      'network.transport': 'tcp',
      'network.type': 'ipv4',
      'netsonde.flow.direction.evidence': 'syn',
      packets_forward: 2,
      packets_reverse: 1,
      bytes_forward: 108,
      bytes_reverse: 54,
      first_seen: '1970-01-01T00:00:01.000000Z',
      last_seen: '1970-01-01T00:00:03.000000Z',
    },
  ])
  const none = { packets: 0, bytes: 0 }
  expect(capture).toEqual({
    seen: { packets: 3, bytes: 162 },
    accounted: { packets: 3, bytes: 162 },
    overflow: none,
    repeated: none,
    filtered: none,
    unparsed: { ...none, reasons: { not_ip: none, truncated: none, malformed: none } },
  })
})

test.each([
  ['IPv4', [ipv4({ flags: 1, id: 7 }), udp], [ipv4({ offset: 100, id: 7 }), middle]],
  ['IPv6', [ipv6(), fragment(0, 1), udp], [ipv6(), fragment(100, 0), middle]],
  ['IPv6 behind other headers', [ipv6(), fragment(0, 1), tcp()], [ipv6(), fragment(100, 0), middle]],
] as [string, Make[], Make[]][])(
  '%s: a later fragment goes to the connection of the first',
  async (_, first, later) => {
    const { lines } = await flowsOf([frame(...first), frame(...later)])
    expect(
      lines.map((line) => [line['source.port'] !== null, line.packets_forward + line.packets_reverse]),
    ).toEqual([[true, 2]])
  },
)

test.each([
  ['without its first', [ipv4({ offset: 100, id: 8 }), middle]],
  ['of another packet', [ipv4({ offset: 100, id: 9 }), middle]],
] as [string, Make[]][])('a later fragment %s has no ports, and is marked', async (_, later) => {
  const { lines } = await flowsOf([frame(ipv4({ flags: 1, id: 7 }), udp), frame(...later)])
  expect(lines.map((line) => [line['source.port'], line.packets_forward, line.later_fragments_only])).toEqual(
    [
      [5353, 1, undefined],
      [null, 1, true],
    ],
  )
})

test.each([
  ['0, where they were read', transport(17, 0, 0), [0, 0]],
  ['one of which is 0', transport(6, 0, 443), [0, 443]],
  [
    'none, where they are cut off',
    (() => ({ name: 'cut', protocol: 17, bytes: [0, 0, 0] })) as Make,
    [null, null],
  ],
] as [string, Make, unknown[]][])('ports are %s', async (_, above, expected) => {
  const { lines } = await flowsOf([frame(there, above)])
  expect(lines.map((line) => [line['source.port'], line['destination.port']].sort())).toEqual([expected])
})

test('a SYN in a header that is too short for TCP tells nothing', async () => {
  const { lines } = await flowsOf([frame(there, shortTcp, middle)])
  expect(lines.map((line) => line['netsonde.flow.direction.evidence'])).toEqual(['known_port'])
})

test('a damaged file has status 1, and what is before the damage is printed', async () => {
  const { host, stdout, stderr } = new TestHost()
  expect(await flows({ path: 'fuzz/corpus/capture/cut-in-a-packet', decapsulate: false }, host)).toBe(1)
  expect(JSON.parse(stdout.text.trimEnd().split('\n').at(-1) ?? '').capture.seen.packets).toBe(0)
  expect(stderr.text).toBe(
    'netsonde: fuzz/corpus/capture/cut-in-a-packet: packet 1 at byte 24: the file ends within it, at byte 300; what was read before is counted\n',
  )
})

test("a later fragment of a tunnel's outside goes to what the first holds", async () => {
  const inner = ipv4({ from: '192.168.0.1', to: '192.168.0.2' })
  const { lines } = await flowsOf(
    [
      frame(ipv4({ flags: 1, id: 7 }), udp, vxlan, ethernet, inner, tcp()),
      frame(ipv4({ offset: 100, id: 7 }), middle),
    ],
    true,
  )
  expect(
    lines.map((line) => [line['network.transport'], line.packets_forward + line.packets_reverse]),
  ).toEqual([['tcp', 2]])
})

test('connections over the limit are overflow, and each packet has one outcome', async () => {
  const frames = [1, 2, 3, 1].map((port) => frame(there, transport(17, port, 9)))
  using capture = await openCapture(await save(frames), { maxFlows: 2, decapsulate: false })
  await capture.read()
  const [part] = [...capture.parts(100)]
  expect(part?.flows.length).toBe(2)
  expect(part?.capture.seen).toEqual({ packets: 4, bytes: 4 * 54 })
  expect(part?.capture.overflow).toMatchObject([{ protocol: 17, family: 4, packets: 1, bytes: 54 }])
})

test('parts hold each connection once, and the ledger comes with the last', async () => {
  const frames = [1, 2, 3].map((port) => frame(there, transport(17, port, 9)))
  using capture = await openCapture(await save(frames), { maxFlows: 10, decapsulate: false })
  await capture.read()
  const parts = [...capture.parts(2)]
  expect(parts.map(({ flows, capture: { seen }, last }) => [flows.length, seen.packets, last])).toEqual([
    [2, 0, false],
    [1, 3, true],
  ])
  expect(parts.flatMap(({ flows }) => [...flows.ports].filter((port) => port !== 9))).toEqual([1, 2, 3])
})
