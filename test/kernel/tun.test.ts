import { expect } from 'vitest'
import { frameOf, ipv4, ipv6, tcp } from '../packets/layers.ts'
import { sum } from '../rig/scrape.ts'
import { configuration, runAgent } from './agent.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { path } from './network.ts'
import { counted, less, quiet } from './traffic.ts'

const ACK = 0x10
const SEGMENT = 1000
const ETHERNET_BYTES = 14

/** To addresses that the server does not have, so that nobody answers. */
const families = [
  ['IPv4', [ipv4({ from: '10.0.9.9', to: '10.0.2.99' }), tcp(ACK)]],
  ['IPv6', [ipv6({ from: 9, to: 0x99 }), tcp(ACK)]],
] as const

for (const [family, headers] of families)
  for (const payload of [SEGMENT + 1, 30_000, 60_999])
    kernelTest(
      `${family} super-packets of ${payload} bytes by a TUN, of which nobody says how many segments they are`,
      async () => {
        await using net = await path()
        const { router, server, toServer } = net
        await router.ip('tuntap add dev tun0 mode tun vnet_hdr')
        await router.sysctl('net.ipv6.conf.tun0.accept_dad=0', 'net.ipv6.conf.tun0.router_solicitations=0')
        await router.ip('link set dev tun0 multicast off up')
        await router.ip('addr add 10.0.9.1/24 dev tun0')
        await router.ip('-6 route add fd00::9/128 dev tun0')
        await router.ip(`-6 route add fd00::99/128 dev ${toServer.interface}`)
        for (const silent of ['10.0.2.99', 'fd00::99'])
          await router.ip(
            `neigh replace ${silent} lladdr ${server.mac} dev ${toServer.interface} nud permanent`,
          )
        await quiet(net)
        await using agent = await runAgent(router, configuration('interfaces: {include: [tun0]}'))
        const before = await net.wire()

        const hex = Buffer.from(frameOf(headers)).toString('hex')
        await router.run(`${root}build/test/tun_gso`, 'tun0', hex, String(payload), String(SEGMENT), '10')
        await quiet(net)

        const { packets, bytes } = less((await net.wire()).toServer, before.toServer)
        expect(packets).toBe(10 * Math.ceil(payload / SEGMENT)) // all went on, and were cut at the link
        const samples = await agent.until(
          (each) => sum(each, 'netsonde_capture_seen_packets_total') >= packets,
        )
        expect(counted(samples, { ...net.client, ipv4: '10.0.9.9', ipv6: 'fd00::9' })).toEqual({
          packets,
          bytes: bytes - packets * ETHERNET_BYTES, // a TUN's frames begin with IP
        })
      },
    )
