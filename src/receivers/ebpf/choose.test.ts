import { expect, test } from 'vitest'
import type { NetworkInterface } from '../../native/interfaces.ts'
import { chooserOf, missingInterfaces } from './choose.ts'

const node: NetworkInterface[] = [
  { index: 1, name: 'lo', kind: 'loopback', type: 772, master: 0, link: 0, tunnelPort: 0 },
  { index: 2, name: 'eth0', kind: 'physical', type: 1, master: 5, link: 0, tunnelPort: 0 },
  { index: 3, name: 'eth1', kind: 'physical', type: 1, master: 0, link: 0, tunnelPort: 0 },
  { index: 4, name: 'cni0', kind: 'bridge', type: 1, master: 0, link: 0, tunnelPort: 0 },
  { index: 5, name: 'bond0', kind: 'bond', type: 1, master: 0, link: 0, tunnelPort: 0 },
  { index: 6, name: 'veth1', kind: 'veth', type: 1, master: 4, link: 0, tunnelPort: 0 },
  { index: 7, name: 'wg0', kind: 'wireguard', type: 65534, master: 0, link: 0, tunnelPort: 0 },
  { index: 8, name: 'can0', kind: 'can', type: 280, master: 0, link: 0, tunnelPort: 0 },
]

const watched = (include: string[], exclude: string[]) =>
  [...chooserOf({ include, exclude })(node)].filter(([, { watch }]) => watch).map(([{ name }]) => name)

test.each([
  [['*'], ['lo'], ['eth1', 'bond0', 'veth1', 'wg0']], // the defaults
  [['*'], [], ['lo', 'eth1', 'bond0', 'veth1', 'wg0']],
  [['eth*'], ['lo'], ['eth1']], // eth0 is a port of the bond
  [['eth0'], ['lo'], ['eth0']], // a name without a glob is meant
  [['cni0'], ['lo'], ['cni0']],
  [['*', 'cni0'], ['cni0'], ['lo', 'eth1', 'bond0', 'veth1', 'wg0']], // exclude wins
  [['veth[0-9]', 'wg?'], [], ['veth1', 'wg0']],
  [['nothing*'], [], []],
])('include %j exclude %j watches %j', (include, exclude, names) => {
  expect(watched(include, exclude)).toEqual(names)
})

test.each([
  ['lo', 'exclude: lo'],
  ['cni0', 'a bridge is seen through its ports'],
  ['eth0', 'seen through bond bond0'],
  ['can0', 'link type 280 is not known'],
])('%s is left out: %s', (name, why) => {
  const choices = chooserOf({ include: ['*'], exclude: ['lo'] })(node)
  expect([...choices].find(([each]) => each.name === name)?.[1]).toEqual({ watch: false, why })
})

test('frames of wireguard begin with IP, those of a veth with Ethernet', () => {
  const choices = new Map([...chooserOf({ include: ['*'], exclude: [] })(node)].map(([i, c]) => [i.name, c]))
  expect(choices.get('wg0')).toEqual({ watch: true, link: 'ip' })
  expect(choices.get('veth1')).toEqual({ watch: true, link: 'ethernet' })
})

test('a name that no interface has is missing, a glob is not', () => {
  expect(missingInterfaces(node, { include: ['eth9', 'eth0', 'tap*'], exclude: [] })).toEqual(['eth9'])
})
