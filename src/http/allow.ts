import { BlockList, isIP } from 'node:net'

/** An address or a network: `10.0.0.0/8`, `192.0.2.1`, `fd00::/8`. */
export interface Cidr {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** @returns `undefined` for anything else */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', length] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  const bits = version === 4 ? 32 : 128
  const prefix = length === undefined ? bits : Number(length)
  if (version === 0 || prefix > bits) return undefined
  const mapped = withoutMapping(address)
  if (mapped !== address && prefix >= 96) return { address: mapped, prefix: prefix - 96, family: 'ipv4' }
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** A socket of both families has IPv4 peers as ::ffff:10.0.0.1 (RFC 4291 2.5.5.2). */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/**
 * Whether an address may ask.
 *
 * @param cidrs as parseCidr takes them; none: all may
 * @returns takes a peer's address as a socket has it. One that is not known may not ask where not all may.
 */
export function allowList(cidrs: readonly string[]): (address: string | undefined) => boolean {
  if (cidrs.length === 0) return () => true
  // What is in them is let in here. One of both families would take every IPv4 address for a part of ::/0.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const text of cidrs) {
    const cidr = parseCidr(text)
    if (!cidr) throw new RangeError(`not an address or a network: ${text}`)
    lists[cidr.family].addSubnet(cidr.address, cidr.prefix, cidr.family)
  }
  return (address = '') => {
    const plain = withoutMapping(address).replace(/%.*$/, '') // link-local peers have their interface: fe80::1%eth0
    const version = isIP(plain)
    if (version === 0) return false
    return version === 4 ? lists.ipv4.check(plain, 'ipv4') : lists.ipv6.check(plain, 'ipv6')
  }
}
