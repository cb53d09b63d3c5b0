import { writeFileSync } from 'node:fs'
import type { End, Path } from '../../kernel/network.ts'
import { sh } from '../../kernel/shell.ts'

/** A kind of device that is laid over a link, and what makes one between `here` and `there`. */
export interface Kind {
  readonly name: string
  /** Of an IPv4 ping of 100 bytes, as the device itself shows it: with its link header, or from IP on. */
  readonly pingBytes: number
  /** Tags stay on their link, which is the one to the server; a tunnel goes from the client to the server. */
  readonly tagBytes?: number
  readonly onlyIpv6?: boolean
  add(device: string, here: End, there: End): Promise<void>
}

const PING = 20 + 8 + 100
const ETHERNET = 14

const tunnel = (type: string, words: string, pingBytes: number, onlyIpv6 = false): Kind => ({
  name: type,
  pingBytes,
  onlyIpv6,
  async add(device, here, there) {
    const ends = words.replace('LOCAL', here.ipv4).replace('REMOTE', there.ipv4)
    await here.namespace.ip(`link add ${device} type ${type} ${ends}`)
  },
})

const keys = new Map<string, { readonly file: string; readonly publicKey: string }>()

/** Of one end; made when it is first asked for. */
async function keyOf(end: End) {
  const known = keys.get(end.ipv4)
  if (known) return known
  const file = `/tmp/key-${end.ipv4}`
  writeFileSync(file, await sh('wg', 'genkey'))
  const made = { file, publicKey: (await sh('sh', '-c', `wg pubkey < ${file}`)).trim() }
  keys.set(end.ipv4, made)
  return made
}

export const kinds: readonly Kind[] = [
  {
    name: 'vlan',
    pingBytes: ETHERNET + PING,
    tagBytes: 4,
    add: async (device, here) => {
      await here.namespace.ip(`link add link ${here.interface} name ${device} type vlan id 5`)
    },
  },
  {
    name: 'qinq',
    pingBytes: ETHERNET + PING,
    tagBytes: 8,
    add: async (device, { namespace, interface: link }) => {
      await namespace.ip(`link add link ${link} name outer0 type vlan proto 802.1ad id 7`)
      await namespace.sysctl('net.ipv6.conf.outer0.disable_ipv6=1')
      await namespace.ip('link set dev outer0 arp off multicast off up')
      await namespace.ip(`link add link outer0 name ${device} type vlan id 5`)
    },
  },
  tunnel('gre', 'local LOCAL remote REMOTE ttl 64', PING),
  tunnel('gretap', 'local LOCAL remote REMOTE ttl 64', ETHERNET + PING),
  tunnel('ipip', 'local LOCAL remote REMOTE ttl 64', PING),
  tunnel('sit', 'local LOCAL remote REMOTE ttl 64', 40 + 8 + 100, true),
  tunnel('vxlan', 'id 42 local LOCAL remote REMOTE dstport 4789', ETHERNET + PING),
  tunnel('geneve', 'id 42 remote REMOTE', ETHERNET + PING),
  {
    name: 'wireguard',
    pingBytes: PING,
    async add(device, here, there) {
      const [own, peer] = [await keyOf(here), await keyOf(there)]
      await here.namespace.ip(`link add ${device} type wireguard`)
      await here.namespace.run(
        ...(['wg', 'set', device, 'listen-port', '51820', 'private-key', own.file] as const),
        ...['peer', peer.publicKey, 'endpoint', `${there.ipv4}:51820`, 'allowed-ips', '0.0.0.0/0,::/0'],
      )
    },
  },
]

export interface Overlay extends AsyncDisposable {
  readonly device: string
  /** Addresses that traffic between them goes by, as the device shows it. */
  readonly client: { readonly ipv4: string; readonly ipv6: string }
  readonly server: { readonly ipv4: string; readonly ipv6: string }
}

const MTU = 1280

/** Lays a device of the kind over the path, on which nothing moves by itself. */
export async function overlay(net: Path, kind: Kind): Promise<Overlay> {
  const device = `over-${kind.name}`
  const ends = kind.tagBytes ? [net.toServer, net.server] : [net.client, net.server]
  const [near, far] = ends as [End, End]
  for (const [host, here, there] of [
    [1, near, far],
    [2, far, near],
  ] as const) {
    await kind.add(device, here, there)
    const { namespace } = here
    const hasLinkHeader = kind.pingBytes === ETHERNET + PING
    const mac = (of: number) => `02:00:00:00:09:0${of}`
    await namespace.sysctl(
      ...(kind.onlyIpv6
        ? [`net.ipv6.conf.${device}.accept_dad=0`, `net.ipv6.conf.${device}.router_solicitations=0`]
        : [`net.ipv6.conf.${device}.disable_ipv6=1`]),
    )
    if (hasLinkHeader) await namespace.ip(`link set dev ${device} address ${mac(host)}`)
    await namespace.ip(`link set dev ${device} mtu ${MTU} arp off multicast off`)
    if (kind.onlyIpv6) await namespace.ip(`addr add fd00:9::${host}/64 dev ${device} nodad`)
    else await namespace.ip(`addr add 10.0.9.${host}/24 dev ${device}`)
    await namespace.ip(`link set dev ${device} up`)
    if (hasLinkHeader) {
      const other = 3 - host
      await namespace.ip(`neigh replace 10.0.9.${other} lladdr ${mac(other)} dev ${device} nud permanent`)
    }
  }
  if (kind.tagBytes)
    await net.server.namespace.ip(`route replace ${net.client.ipv4}/32 via 10.0.9.1 dev ${device}`)
  const at = (host: number) => ({ ipv4: `10.0.9.${host}`, ipv6: `fd00:9::${host}` })
  return {
    device,
    client: kind.tagBytes ? net.client : at(1),
    server: at(2),
    async [Symbol.asyncDispose]() {
      for (const { namespace } of [near, far]) {
        await namespace.ip(`link del ${device}`)
        if (kind.name === 'qinq') await namespace.ip('link del outer0')
      }
    },
  }
}
