import { expect, test } from 'vitest'
import { EGRESS, type Flow, generation, INGRESS, SLOTS } from '../../../test/rig/generation.ts'
import type { NetworkInterface } from '../../native/interfaces.ts'
import { Places } from './places.ts'
import { Paths } from './slots.ts'
import { Tunnels } from './tunnels.ts'
import { emptyWay } from './way.ts'

const device = (index: number, kind: string, tunnelPort = 0): NetworkInterface => ({
  index,
  name: `${kind}${index}`,
  kind,
  type: 1,
  master: 0,
  link: 2,
  tunnelPort,
})
const vxlan = device(5, 'vxlan', 4789)
const wireguard = device(6, 'wireguard', 51820)
const all = () => true

/** Bits of `local`: this node is the lower endpoint; nobody; everybody (multicast) is the higher. */
const [HERE, ELSEWHERE, MULTICAST] = [0b0101, 0, 0b0010]

/** Which ways of a connection are a tunnel's outside. */
function wrapped(
  devices: NetworkInterface[],
  flow: Partial<Flow>,
  watched: (index: number) => boolean = all,
) {
  const tunnels = new Tunnels()
  tunnels.update(devices, watched)
  const { flows } = generation([{ seen: [], local: HERE, ...flow }])
  return ([0, 1] as const).map((way) => tunnels.wraps(flows, 0, way))
}

const udp = (lower: number, higher: number): Partial<Flow> => ({
  protocol: 17,
  lower: ['10.0.0.1', lower],
  higher: ['10.0.0.2', higher],
})

test.each<[string, NetworkInterface[], Partial<Flow>, [boolean, boolean]]>([
  ['UDP to a vxlan device’s port, the way there', [vxlan], udp(33333, 4789), [true, false]],
  ['and the way back, which has a port of its own', [vxlan], udp(4789, 33333), [false, true]],
  ['both, where both ends use the one port', [vxlan], udp(4789, 4789), [true, true]],
  ['another port', [vxlan], udp(33333, 8472), [false, false]],
  ['a geneve device', [device(5, 'geneve', 6081)], udp(33333, 6081), [true, false]],
  ['TCP to the same port', [vxlan], { ...udp(33333, 4789), protocol: 6 }, [false, false]],
  ['between two others', [vxlan], { ...udp(33333, 4789), local: ELSEWHERE }, [false, false]],
  ['of two others to a group', [vxlan], { ...udp(33333, 4789), local: MULTICAST }, [false, false]],
  ['GRE with a gre device', [device(5, 'gretap')], { protocol: 47 }, [true, true]],
  ['GRE without', [vxlan], { protocol: 47 }, [false, false]],
  ['IP in IP', [device(5, 'ipip')], { protocol: 4 }, [true, true]],
  ['IPv6 in IPv4', [device(5, 'sit')], { protocol: 41 }, [true, true]],
  ['UDP of a WireGuard device’s port, the way there and back', [wireguard], udp(51820, 4444), [true, true]],
  ['the same port of the peer, from another one', [wireguard], udp(4444, 51820), [false, false]],
  ['WireGuard of two others', [wireguard], { ...udp(51820, 51820), local: ELSEWHERE }, [false, false]],
  ['WireGuard whose port is not known', [device(5, 'wireguard')], udp(51820, 51820), [false, false]],
  ['no tunnel at all', [], udp(33333, 4789), [false, false]],
])('%s', (_, devices, flow, expected) => expect(wrapped(devices, flow)).toEqual(expected))

test('a tunnel whose device is not watched is counted outside', () => {
  expect(wrapped([vxlan], udp(33333, 4789), () => false)).toEqual([false, false])
})

test('all of the outside is repeated, whatever hooks saw it', () => {
  const tunnels = new Tunnels()
  tunnels.update([vxlan], all)
  const paths = new Paths(SLOTS, new Places(), tunnels)
  const ways = [emptyWay(), emptyWay()] as const
  const seen: Flow['seen'] = [
    [2, EGRESS, 0, 10, 1500],
    [3, INGRESS, 1, 4, 240],
  ]
  paths.begin(generation([{ ...udp(33333, 4789), local: HERE, seen }]))
  paths.count(0, ways)
  expect(ways).toEqual([
    { ifindex: 0, packets: 0, bytes: 0, repeatedPackets: 10, repeatedBytes: 1500, wrapped: true },
    { ifindex: 3, packets: 4, bytes: 240, repeatedPackets: 0, repeatedBytes: 0, wrapped: false },
  ])
})
