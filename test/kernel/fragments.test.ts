import { expect } from 'vitest'
import type { Make } from '../packets/layers.ts'
import * as l from '../packets/layers.ts'
import { kernelTest } from './kernel-test.ts'
import { countedOnVeth, sendFrames } from './on-veth.ts'

const { ethernet, ipv4, ipv6, udp, middle } = l
const MORE = 1

const first4 = [ethernet, ipv4({ flags: MORE }), udp] // 14 + 20 + 8 bytes
const later4 = (offset: number, options = {}) => [
  ethernet,
  ipv4({ offset, number: 17, ...options }), // 14 + 20 + 16 bytes
  middle,
]
const first6 = [ethernet, ipv6(), l.fragment(0, MORE), l.destinationOptions, udp] // 14 + 40 + 8 + 8 + 8 bytes
/** RFC 8200 4.5: the header that follows is the one of the first fragment, destination options. */
const later6 = (offset: number, id?: number) => [
  ethernet,
  ipv6(),
  l.fragment(offset, 0, id),
  (): l.Layer => ({ ...middle(undefined), protocol: 60 }), // 14 + 40 + 8 + 16 bytes
]

const facts: [title: string, frames: readonly (readonly Make[])[], lines: readonly string[]][] = [
  ['go to the flow of the first', [first4, later4(1), later4(3)], ['udp 10.0.0.1 5353 10.0.0.2 53 3 142']],
  [
    'of IPv6 do, too, under the protocol that the first one told',
    [first6, later6(1)],
    ['udp fd00::1 5353 fd00::2 53 2 156'],
  ],
  [
    'that come before the first have no ports',
    [later4(1), first4],
    ['udp 10.0.0.1 - 10.0.0.2 - 1 50', 'udp 10.0.0.1 5353 10.0.0.2 53 1 42'],
  ],
  [
    'of other packets have no ports: another id, sender, protocol',
    [first4, later4(1, { id: 9 }), later4(1, { from: '10.0.0.9' }), later4(1, { number: 6 })],
    [
      'tcp 10.0.0.1 - 10.0.0.2 - 1 50',
      'udp 10.0.0.1 - 10.0.0.2 - 1 50',
      'udp 10.0.0.1 5353 10.0.0.2 53 1 42',
      'udp 10.0.0.9 - 10.0.0.2 - 1 50',
    ],
  ],
  [
    'of IPv6 with another id are counted under the number that they tell',
    [first6, later6(1, 9)],
    ['60 fd00::1 - fd00::2 - 1 78', 'udp fd00::1 5353 fd00::2 53 1 78'],
  ],
  [
    'go to the newest first one, where an id is used again',
    [first4, [ethernet, ipv4({ flags: MORE }), udp, l.vxlan], later4(1)],
    ['udp 10.0.0.1 5353 10.0.0.2 53 1 42', 'udp 10.0.0.1 5353 10.0.0.2 4789 2 100'],
  ],
  [
    'of ICMP go to the flow of the first',
    [[ethernet, ipv4({ flags: MORE }), l.echo], later4(1, { number: 1 })],
    ['icmp 10.0.0.1 - 10.0.0.2 - 2 92'],
  ],
]

for (const [title, frames, lines] of facts)
  kernelTest(`later fragments ${title}`, async () => {
    const counted = await countedOnVeth((namespace, device) =>
      sendFrames(namespace, device, frames.map(l.frameOf)),
    )
    expect(counted).toEqual(lines.toSorted())
  })
