import { expect, test } from 'vitest'
import { EGRESS, type Flow, generation, INGRESS, SLOTS } from '../../../test/rig/generation.ts'
import type { NetworkInterface } from '../../native/interfaces.ts'
import { Owed } from './owed.ts'
import { Places } from './places.ts'
import { Paths } from './slots.ts'
import { Tunnels } from './tunnels.ts'
import { emptyWay } from './way.ts'

type Hook = [ifindex: number, direction: number, packets: number, bytes?: number]

const one = (index: number, kind: string, more: Partial<NetworkInterface> = {}): NetworkInterface => ({
  index,
  name: `if${index}`,
  kind,
  type: 1,
  master: 0,
  link: 0,
  tunnelPort: 0,
  ...more,
})

/** Two uplinks, a bond of two more, two pods on a bridge, a VLAN on an uplink, a tunnel, a patch between bridges. */
const node: NetworkInterface[] = [
  one(2, 'physical'),
  one(3, 'physical'),
  one(4, 'vlan', { link: 2 }),
  one(5, 'vxlan', { link: 2 }),
  one(6, 'bridge'),
  one(7, 'veth', { master: 6 }),
  one(8, 'veth', { master: 6 }),
  one(9, 'bond'),
  one(10, 'physical', { master: 9 }),
  one(11, 'physical', { master: 9 }),
  one(12, 'vlan', { link: 9 }),
  one(13, 'veth', { link: 14 }),
  one(14, 'veth', { link: 13 }),
  one(15, 'ifb'),
  one(16, 'veth', { master: 6 }),
  one(17, 'macvlan', { link: 2 }),
]

/** What is counted of one way in generations of five seconds, each given by what its hooks saw; 100 bytes a packet. */
function counts(
  generations: readonly Hook[][],
  { local = 0, ms = 5000, watched = false, decapsulated = false } = {},
) {
  const places = new Places({ decapsulated })
  places.update(node, () => watched)
  const owed = new Owed()
  const paths = new Paths(SLOTS, places, new Tunnels(), owed)
  const ways = [emptyWay(), emptyWay()] as const
  return generations.map((hooks, i) => {
    const seen: Flow['seen'] = hooks.map(([ifindex, direction, packets, bytes = packets * 100]) => [
      ifindex,
      direction,
      0,
      packets,
      bytes,
    ])
    const flows = hooks.length > 0 ? [{ seen, local }] : []
    const made = { ...generation(flows), startMs: i * ms, endMs: (i + 1) * ms }
    paths.begin(made)
    if (hooks.length > 0) paths.count(0, ways)
    paths.end()
    const [{ ifindex, packets, bytes, repeatedPackets, repeatedBytes }] = ways
    if (hooks.length === 0) return { ifindex: 0, packets: 0, bytes: 0 }
    expect(packets + repeatedPackets).toBe(hooks.reduce((all, [, , each]) => all + each, 0))
    expect(bytes + repeatedBytes).toBe(seen.reduce((all, [, , , , each]) => all + each, 0))
    return { ifindex, packets, bytes }
  })
}

const taken = (hooks: Hook[], options = {}) => {
  const [{ ifindex, packets, bytes } = emptyWay()] = counts([hooks], options)
  return [ifindex, packets, bytes]
}

test.each<[string, Hook[], [number, number, number]]>([
  [
    'an uplink and a pod: the pod’s link',
    [
      [2, INGRESS, 10, 1040],
      [7, EGRESS, 10, 1000],
    ],
    [7, 10, 1000],
  ],
  [
    'a pod and an uplink: the pod’s link',
    [
      [7, INGRESS, 10, 1000],
      [2, EGRESS, 10, 1040],
    ],
    [7, 10, 1000],
  ],
  [
    'a pod and a pod: where it comes in',
    [
      [7, INGRESS, 10],
      [8, EGRESS, 10],
    ],
    [7, 10, 1000],
  ],
  [
    'an uplink and an uplink: where it comes in',
    [
      [2, INGRESS, 10],
      [3, EGRESS, 10],
    ],
    [2, 10, 1000],
  ],
  [
    'a tunnel and an uplink: the uplink',
    [
      [5, INGRESS, 10, 900],
      [3, EGRESS, 10, 1000],
    ],
    [3, 10, 1000],
  ],
  ['from here by one', [[2, EGRESS, 10]], [2, 10, 1000]],
  ['to here by one', [[2, INGRESS, 10]], [2, 10, 1000]],
  [
    'in by two links in turn',
    [
      [2, INGRESS, 6],
      [3, INGRESS, 4],
      [7, EGRESS, 10],
    ],
    [7, 10, 1000],
  ],
  [
    'in by two and out by two in turn',
    [
      [2, INGRESS, 6],
      [3, INGRESS, 4],
      [9, EGRESS, 5],
      [17, EGRESS, 5],
    ],
    [2, 10, 1000],
  ],
  [
    'from here by two links in turn',
    [
      [2, EGRESS, 4],
      [3, EGRESS, 6],
    ],
    [3, 10, 1000],
  ],
  [
    'to here by two links in turn',
    [
      [2, INGRESS, 4],
      [3, INGRESS, 6],
    ],
    [3, 10, 1000],
  ],
  [
    'a VLAN and its device are one link, with its tag',
    [
      [2, INGRESS, 10, 1040],
      [4, INGRESS, 10, 1000],
    ],
    [2, 10, 1040],
  ],
  [
    'so they are on the way out',
    [
      [4, EGRESS, 10, 1000],
      [2, EGRESS, 10, 1040],
    ],
    [2, 10, 1040],
  ],
  [
    'and beside another uplink',
    [
      [2, INGRESS, 6],
      [4, INGRESS, 6],
      [3, INGRESS, 4],
    ],
    [2, 10, 1000],
  ],
  [
    'two upper devices in turn',
    [
      [2, INGRESS, 10],
      [4, INGRESS, 6],
      [17, INGRESS, 4],
    ],
    [2, 10, 1000],
  ],
  [
    'a bond and its ports are one link',
    [
      [10, INGRESS, 6],
      [11, INGRESS, 4],
      [9, INGRESS, 10],
    ],
    [10, 10, 1000],
  ],
  [
    'a VLAN on a bond on its ports',
    [
      [10, EGRESS, 6],
      [11, EGRESS, 4],
      [9, EGRESS, 10],
      [12, EGRESS, 10],
    ],
    [10, 10, 1000],
  ],
  [
    'a tunnel’s inside does not pass its device',
    [
      [2, INGRESS, 6],
      [5, INGRESS, 4],
    ],
    [2, 10, 1000],
  ],
  [
    'a frame that a bridge sends everywhere',
    [
      [7, INGRESS, 10],
      [8, EGRESS, 10],
      [16, EGRESS, 10],
    ],
    [7, 10, 1000],
  ],
  [
    'also if it comes from the bridge’s own address',
    [
      [8, EGRESS, 10],
      [16, EGRESS, 10],
    ],
    [8, 10, 1000],
  ],
  [
    'a copy to another device',
    [
      [7, INGRESS, 10],
      [2, EGRESS, 10],
      [3, EGRESS, 10],
    ],
    [7, 10, 1000],
  ],
  [
    'a veth that leads from here to here',
    [
      [2, INGRESS, 10],
      [13, EGRESS, 10],
      [14, INGRESS, 10],
      [3, EGRESS, 10],
    ],
    [2, 10, 1000],
  ],
  [
    'nothing but such a veth',
    [
      [13, EGRESS, 10],
      [14, INGRESS, 10],
    ],
    [14, 10, 1000],
  ],
  [
    'ifb, which gives back what it gets',
    [
      [2, INGRESS, 10],
      [15, EGRESS, 10],
      [7, EGRESS, 10],
    ],
    [7, 10, 1000],
  ],
  [
    'one entrance is not watched',
    [
      [2, INGRESS, 4],
      [7, EGRESS, 10],
    ],
    [7, 10, 1000],
  ],
  [
    'one exit is not watched',
    [
      [7, INGRESS, 10],
      [2, EGRESS, 4],
    ],
    [7, 10, 1000],
  ],
  [
    'an interface that nobody knows',
    [
      [99, INGRESS, 10],
      [2, EGRESS, 10],
    ],
    [99, 10, 1000],
  ],
])('%s', (_, hooks, expected) => expect(taken(hooks)).toEqual(expected))

test('a bridge that is watched and its ports are one link', () => {
  const hooks: Hook[] = [
    [7, INGRESS, 6],
    [8, INGRESS, 4],
    [6, INGRESS, 10],
    [2, EGRESS, 10],
  ]
  expect(taken(hooks, { watched: true })).toEqual([7, 10, 1000])
})

test('with decapsulate a tunnel’s device sees once more what passes wrapped', () => {
  const hooks: Hook[] = [
    [2, INGRESS, 10],
    [5, INGRESS, 10],
    [7, EGRESS, 10],
  ]
  expect(taken(hooks, { decapsulated: true })).toEqual([7, 10, 1000])
  expect(taken([[5, INGRESS, 10]], { decapsulated: true })).toEqual([5, 10, 1000])
})

const sum = (all: readonly { packets: number; bytes: number }[]) => [
  all.reduce((to, { packets }) => to + packets, 0),
  all.reduce((to, { bytes }) => to + bytes, 0),
]

/** In and out by the same kind of link, and where the way out is the nearer one. */
for (const [kind, IN, OUT] of [
  ['uplinks', 2, 3],
  ['a pod', 2, 7],
] as const)
  test.each<[string, Hook[][], number]>([
    [
      'a packet under way at the turn',
      [
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 9],
        ],
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 11],
        ],
      ],
      20,
    ],
    [
      'one that nothing follows',
      [
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 9],
        ],
        [[OUT, EGRESS, 1]],
      ],
      10,
    ],
    ['the first one', [[[IN, INGRESS, 1]], [[OUT, EGRESS, 1]]], 1],
    [
      'a thousand at once',
      [
        [[IN, INGRESS, 1000]],
        [
          [IN, INGRESS, 1],
          [OUT, EGRESS, 1001],
        ],
      ],
      1001,
    ],
    [
      'one at each of two turns',
      [
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 9],
        ],
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 10],
        ],
        [[OUT, EGRESS, 1]],
      ],
      20,
    ],
    [
      'drops are counted as far as they came',
      [
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 9],
        ],
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 9],
        ],
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 10],
        ],
      ],
      30,
    ],
    [
      'an entrance that is watched later',
      [
        [[OUT, EGRESS, 10]],
        [
          [IN, INGRESS, 5],
          [OUT, EGRESS, 10],
        ],
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 10],
        ],
      ],
      30,
    ],
    [
      'with a packet under way meanwhile',
      [
        [[OUT, EGRESS, 10]],
        [
          [IN, INGRESS, 6],
          [OUT, EGRESS, 10],
        ],
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 11],
        ],
      ],
      31,
    ],
    [
      'an exit that is watched later',
      [
        [[IN, INGRESS, 10]],
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 5],
        ],
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 10],
        ],
      ],
      30,
    ],
    [
      'an entrance that goes, with what was under way',
      [
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 9],
        ],
        [
          [3 + 8, INGRESS, 10],
          [OUT, EGRESS, 11],
        ],
      ],
      20,
    ],
    [
      'what comes by another way beside what is owed',
      [
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 9],
        ],
        [[OUT, EGRESS, 8]],
      ],
      17,
    ],
    [
      'what is owed for longer than packets live is forgotten',
      [
        [
          [IN, INGRESS, 10],
          [OUT, EGRESS, 5],
        ],
        [],
        [[OUT, EGRESS, 5]],
      ],
      15,
    ],
  ])(`${kind}: %s`, (_, generations, packets) => {
    expect(sum(counts(generations))).toEqual([packets, packets * 100])
  })

test('short generations do not forget a packet that waits for a neighbour', () => {
  const nothing = Array.from({ length: 15 }, (): Hook[] => [])
  const generations: Hook[][] = [[[2, INGRESS, 3]], ...nothing, [[7, EGRESS, 3]]]
  expect(sum(counts(generations, { ms: 200 }))[0]).toBe(3)
})

test('what comes to this node is not expected to leave', () => {
  const generations: Hook[][] = [[[2, INGRESS, 10]], [[7, EGRESS, 10]]]
  expect(sum(counts(generations, { local: 2 }))).toEqual([20, 2000])
})

test('headers of another length on the way out give what is under way no other length', () => {
  // 14 bytes less on a link without a link header, ten thousand times.
  const through: Hook[] = [
    [2, INGRESS, 10_000, 1_000_000],
    [5, EGRESS, 9_999, 859_914],
  ]
  expect(counts([through, [[5, EGRESS, 101, 8686]]])).toEqual([
    { ifindex: 2, packets: 10_000, bytes: 1_000_000 },
    { ifindex: 5, packets: 100, bytes: 8586 },
  ])
})
