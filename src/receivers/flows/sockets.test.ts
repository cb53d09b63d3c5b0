import { expect, test } from 'vitest'
import type { Generation } from '../../native/generation.ts'
import { Owed } from './owed.ts'
import { SocketPaths } from './sockets.ts'
import { emptyWay } from './way.ts'

const SLOTS = 6
const INTERVAL_MS = 1000
type Seen = [cgroup: number, what: 'sent' | 'arrived', packets: number, bytes: number]

const v4 = (a: number) => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, 0, 0, 5]
const v6 = (first: number, eleventh = 0) => [first, ...Array(9).fill(0), eleventh, eleventh, 224, 0, 0, 1]

/** One connection, seen in way 0, in generations one after another. */
function node(destination = v4(10)) {
  const paths = new SocketPaths(SLOTS, new Owed())
  let startMs = 0
  return (...seen: Seen[]) => {
    const flows = {
      length: 1,
      addresses: new Uint8Array(32),
      ports: Uint16Array.of(1000, 80),
      protocol: Uint8Array.of(6),
      laterFragment: Uint8Array.of(0),
      hooks: new Uint32Array(SLOTS),
      packets: new Uint32Array(SLOTS),
      bytes: new Float64Array(SLOTS),
    }
    flows.addresses.set(destination, 16)
    seen.forEach(([cgroup, what, packets, bytes], slot) => {
      flows.hooks[slot] = (cgroup << 2) | (what === 'sent' ? 2 : 0)
      flows.packets[slot] = packets
      flows.bytes[slot] = bytes
    })
    const ways = [emptyWay(), emptyWay()] as const
    paths.begin({ flows, startMs, endMs: startMs + INTERVAL_MS } as unknown as Generation)
    startMs += INTERVAL_MS
    paths.count(0, ways)
    paths.end()
    expect([ways[1], paths.ends[1]]).toEqual([emptyWay(), { sender: 0, receiver: 0 }])
    const { packets, bytes, repeatedPackets, repeatedBytes } = ways[0]
    return {
      counted: [packets, bytes],
      repeated: [repeatedPackets, repeatedBytes],
      ends: Object.values(paths.ends[0]),
    }
  }
}

const here: Seen[] = [
  [7, 'sent', 10, 1000],
  [8, 'arrived', 9, 900],
]
const answered: Seen[] = [
  [7, 'sent', 10, 1000],
  [1, 'sent', 1, 52],
]
const two: Seen[] = [
  [8, 'arrived', 4, 400],
  [9, 'arrived', 5, 500],
]

test.each([
  ['nothing is nothing', [], v4(10), [0, 0], [0, 0], [0, 0]],
  ['what was sent to another node', [[7, 'sent', 10, 1000]], v4(10), [10, 1000], [0, 0], [7, 0]],
  ['what came from another node', [[8, 'arrived', 9, 900]], v4(10), [9, 900], [0, 0], [0, 8]],
  ['with both ends here what was sent', here, v4(10), [10, 1000], [9, 900], [7, 8]],
  ['the kernel’s own answer is the sender’s', answered, v4(10), [11, 1052], [0, 0], [7, 0]],
  ['a packet comes to one socket: two cgroups add up', two, v4(10), [9, 900], [0, 0], [0, 9]],
  ['but a multicast one to several', two, v4(224), [5, 500], [4, 400], [0, 9]],
  ['239/8 is multicast too', two, v4(239), [5, 500], [4, 400], [0, 9]],
  ['240/4 is not', two, v4(240), [9, 900], [0, 0], [0, 9]],
  ['ff00::/8 is', two, v6(0xff), [5, 500], [4, 400], [0, 9]],
  ['an IPv6 address that ends as an IPv4 one is not', two, v6(0x20, 0xff), [9, 900], [0, 0], [0, 9]],
] as [string, Seen[], number[], number[], number[], number[]][])(
  '%s',
  (_, seen, destination, counted, repeated, ends) => {
    expect(node(destination)(...seen)).toEqual({ counted, repeated, ends })
  },
)

test('what was under way at the turn is counted where it was sent, and not again where it arrives', () => {
  const generation = node()
  expect(generation(...here)).toMatchObject({ counted: [10, 1000], repeated: [9, 900] })
  expect(generation([8, 'arrived', 1, 100])).toMatchObject({ counted: [0, 0], repeated: [1, 100] })
  expect(generation([8, 'arrived', 2, 200])).toMatchObject({ counted: [2, 200], repeated: [0, 0] })
})

test('what never arrives hides nothing that is sent later', () => {
  const generation = node()
  generation([7, 'sent', 10, 1000], [8, 'arrived', 4, 400])
  expect(generation([7, 'sent', 5, 500], [8, 'arrived', 5, 500])).toMatchObject({ counted: [5, 500] })
})
