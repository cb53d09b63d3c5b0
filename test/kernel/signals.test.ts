import { expect } from 'vitest'
import * as l from '../packets/layers.ts'
import { kernelTest } from './kernel-test.ts'
import { countedOnVeth, sendFrames } from './on-veth.ts'

const { ethernet, ipv4, udp, middle } = l
const [SYN, ACK, MORE] = [0x02, 0x10, 1]
const MAX_FLOWS = 64

const signals = async (frames: readonly (readonly l.Make[])[]): Promise<string[]> => {
  const counted = await countedOnVeth(
    (namespace, device) => sendFrames(namespace, device, frames.map(l.frameOf)),
    { signals: true, maxFlows: MAX_FLOWS },
  )
  return counted.filter((line) => line.startsWith('signals'))
}

const segment =
  (ports: readonly number[], flags: number): l.Make =>
  () => ({
    ...l.tcp()(undefined),
    bytes: [...ports.flatMap(l.be16), ...Array(8).fill(0), 0x50, flags, ...Array(6).fill(0)],
  })
const answer = ipv4({ from: '10.0.0.2', to: '10.0.0.1' })
const handshake = [
  [ethernet, ipv4(), segment([40000, 80], SYN)],
  [ethernet, answer, segment([80, 40000], SYN | ACK)],
  [ethernet, ipv4(), segment([40000, 80], ACK)],
]
const others = Array.from({ length: MAX_FLOWS }, (_, i) => [ethernet, ipv4({ from: `10.0.1.${i}` }), udp])

kernelTest('of a connection for which there is no room the whole handshake is told', async () => {
  expect(await signals([...others, ...handshake])).toEqual(['signals syn synAck ack 0'])
})

const datagram = [ipv4({ from: '10.0.0.2', to: '10.0.0.1' }), udp]
const quoted: l.Make = () => ({ ...middle(undefined), bytes: [...l.frameOf(datagram)] })

kernelTest('an ICMP message in fragments is told once, by its first', async () => {
  const frames = [
    [ethernet, ipv4({ flags: MORE }), l.unreachable, quoted],
    [ethernet, ipv4({ offset: 1 }), l.unreachable, quoted],
  ]
  expect(await signals(frames)).toEqual(['signals 1'])
})

kernelTest('an ICMP message for which there is no room is told all the same', async () => {
  expect(await signals([...others, [ethernet, ipv4(), l.unreachable, quoted]])).toEqual(['signals 1'])
})

interface Segment {
  readonly flags?: number
  readonly sequence?: number
  readonly acknowledges?: number
  /** TSval and TSecr (RFC 7323 3.2). */
  readonly stamps?: readonly [number, number]
  /** Instead of them. */
  readonly options?: readonly number[]
  readonly data?: number
}

const be32 = (value: number) => [...l.be16(value >>> 16), ...l.be16(value & 0xffff)]
const stamps = (value: number, echo: number) => [8, 10, ...be32(value), ...be32(echo)]
const from =
  (ports: readonly number[]) =>
  ({ flags = ACK, sequence = 0, acknowledges = 0, stamps: of, options, data = 0 }: Segment): l.Make =>
  () => {
    const all = options ?? (of ? [1, 1, ...stamps(...of)] : [])
    return {
      ...l.tcp()(undefined),
      bytes: [
        ...[...ports.flatMap(l.be16), ...be32(sequence), ...be32(acknowledges)],
        ...[(20 + all.length) << 2, flags, ...Array(6).fill(0), ...all, ...Array(data).fill(0x78)],
      ],
    }
  }
const client = (segment: Segment) => [ethernet, ipv4(), from([40000, 80])(segment)]
const server = (segment: Segment) => [ethernet, answer, from([80, 40000])(segment)]

/** Ten bytes from the client with timestamp 7, acknowledged by as many from the server with 107. */
const request = client({ sequence: 1, acknowledges: 1, stamps: [7, 100], data: 10 })
const response = server({ sequence: 1, acknowledges: 11, stamps: [107, 7], data: 10 })
const thanks = client({ sequence: 11, acknowledges: 11, stamps: [8, 107] })

/** What is passing by is timed by its timestamps, so that what was sent again is not mistaken for what went before. */
for (const [title, frames, told] of [
  ['data both ways, acknowledged', [request, response, thanks], 'rtt'],
  ['data one way: the other half is unknown', [request, server({ acknowledges: 11, stamps: [107, 7] })], ''],
  [
    'an acknowledgement that echoes a later sending of the segment',
    [
      ...[request, client({ sequence: 1, acknowledges: 1, stamps: [300, 100], data: 10 })],
      ...[server({ sequence: 1, acknowledges: 11, stamps: [400, 300], data: 10 }), thanks],
    ],
    '',
  ],
  [
    'an acknowledgement of what went before, and then its own',
    [request, server({ acknowledges: 1, stamps: [107, 7] }), response, thanks],
    'rtt',
  ],
  [
    'acknowledgements alone are not answered',
    [
      client({ acknowledges: 1, stamps: [7, 100] }),
      server({ acknowledges: 1, stamps: [107, 7] }),
      client({ acknowledges: 1, stamps: [8, 107] }),
    ],
    '',
  ],
  [
    'no timestamps',
    [
      client({ sequence: 1, acknowledges: 1, data: 10 }),
      server({ sequence: 1, acknowledges: 11, data: 10 }),
      client({ sequence: 11, acknowledges: 11 }),
    ],
    '',
  ],
  [
    'a handshake, with the options of a SYN in several orders',
    [
      client({ flags: SYN, options: [2, 4, 5, 180, 4, 2, ...stamps(7, 0), 1, 3, 3, 7] }),
      server({
        flags: SYN | ACK,
        acknowledges: 1,
        options: [2, 4, 5, 180, 1, 3, 3, 7, 1, 1, ...stamps(107, 7), 0, 0],
      }),
      client({ sequence: 1, acknowledges: 1, stamps: [8, 107] }),
    ],
    'syn synAck ack rtt',
  ],
  [
    'options that end in the middle of one',
    [
      client({ flags: SYN, options: [2, 4, 5, 180, 3, 3, 7, 8] }),
      server({ flags: SYN | ACK, options: [3, 1, 0, 0] }),
    ],
    'syn synAck',
  ],
] as const)
  kernelTest(`round trip of a connection that passes through: ${title}`, async () => {
    const rows = (await signals(frames)).map((line) => line.replace(/^signals ?(.*?) ?0$/, '$1'))
    expect(rows.join()).toBe(told)
  })
