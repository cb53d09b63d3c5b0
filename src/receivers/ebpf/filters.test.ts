import { expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { builtIn } from '../../factories.ts'
import { Filters } from './filters.ts'

const load = (filters: unknown) =>
  loadConfig(
    {
      receivers: { ebpf: { filters } },
      exporters: { debug: {} },
      service: { pipelines: { metrics: { receivers: ['ebpf'], exporters: ['debug'] } } },
    } as never,
    builtIn,
    {},
  )

test.each<[filters: unknown, complaint: string[]]>([
  [
    { include: [{ cidr: '10.0.0.0/33' }] },
    [
      'include::0::cidr  "10.0.0.0/33" is not an address or a network',
      '    write it as 10.0.0.0/8, 192.0.2.1 or fd00::/8',
    ],
  ],
  [
    { exclude: [{ port: 443 }, { port: 0, transport: 'quic' }] },
    [
      'exclude::1::port  0 is not a port',
      '    accepted: a whole number from 1 to 65535',
      'exclude::1::transport  "quic" is not a transport',
      '    accepted: tcp, udp, sctp, icmp, or a protocol number from 0 to 255',
    ],
  ],
  [
    { include: [{ prot: 'tcp' }] },
    [
      'include::0::prot  is not a key here',
      '    did you mean "port"? accepted: cidr, port, transport, interface',
    ],
  ],
  [
    { include: [{}] },
    ['include::0  fits everything', '    name at least one of cidr, port, transport, interface'],
  ],
  [
    { include: { port: 1 } },
    ['include  a map is not a list', '    write [{cidr: 10.0.0.0/8, transport: tcp}]'],
  ],
  [
    { include: ['tcp'] },
    ['include::0  "tcp" is not a filter', '    write {cidr: 10.0.0.0/8, transport: tcp}'],
  ],
  [{ include: new Array(33).fill({ port: 1 }) }, ['include  has 33 filters', '    accepted: up to 32']],
])('%j is refused', async (filters, complaint) => {
  const expected = complaint.map((line) =>
    line.startsWith(' ') ? line : `receivers::ebpf::filters::${line}`,
  )
  await expect(load(filters)).rejects.toThrow(expected.join('\n'))
})

test('filters are told the interfaces that they name, and those that exclude come first', () => {
  const filters = new Filters({
    include: [{ interface: 'eth*', port: 443 }, { transport: 'icmp' }],
    exclude: [{ interface: 'eth1' }, { cidr: '::ffff:10.0.0.0/104' }],
  })
  expect(filters.rules).toEqual([
    { excludes: true, ofInterfaces: true },
    { excludes: true, address: '10.0.0.0', prefix: 8, ofInterfaces: false },
    { excludes: false, port: 443, ofInterfaces: true },
    { excludes: false, protocols: [1, 58], ofInterfaces: false },
  ])
  const told: unknown[] = []
  const programs = { setFilterInterface: (...what: unknown[]) => void told.push(what) }
  for (const [i, name] of ['eth0', 'eth1', 'veth1'].entries()) filters.tell(programs, i, name)
  expect(told).toEqual([
    [0, 0b0100n],
    [1, 0b0101n],
    [2, 0n],
  ])
})

test('without interfaces nothing is told', () => {
  const filters = new Filters({ include: [{ port: 1 }], exclude: [] })
  filters.tell({ setFilterInterface: () => expect.unreachable() }, 1, 'eth0')
})
