import { expect, test } from 'vitest'
import { type EbpfConfig, validate } from './config.ts'

const defaults = {
  attach: 'cgroup',
  cgroup: '/',
  decapsulate: false,
  interfaces: { include: ['*'], exclude: ['lo'] },
  filters: { include: [], exclude: [] },
}
const filter = { port: 80, interface: 'eth*' }

test.each([
  ['interfaces of your choice', { attach: 'auto', interfaces: { include: ['eth*'], exclude: [] } }, []],
  ['cgroup with what is there by itself', {}, []],
  ['cgroup with loopback', { interfaces: { include: ['*'], exclude: [] } }, []],
  ['a part of the tree', { cgroup: '/kubepods.slice' }, []],
  ['filters', { filters: { include: [{ port: 80 }], exclude: [{ cidr: '10.0.0.0/8' }] } }, []],
  ['an interface', { interfaces: { include: ['eth0'], exclude: [] } }, ['interfaces::include']],
  ['no veth', { interfaces: { include: ['*'], exclude: ['veth*'] } }, ['interfaces::exclude']],
  [
    'a filter by interface',
    { filters: { include: [{ port: 80 }, filter], exclude: [filter] } },
    ['filters::include::1::interface', 'filters::exclude::0::interface'],
  ],
  ['the inside of tunnels', { decapsulate: true }, ['decapsulate']],
  ['a cgroup without attach: cgroup', { attach: 'tcx', cgroup: '/kubepods.slice' }, ['cgroup']],
])('%s', (_, settings, wrong) => {
  const config = { ...defaults, ...settings } as unknown as EbpfConfig
  expect(validate(config).map(([path]) => path)).toEqual(wrong)
})
