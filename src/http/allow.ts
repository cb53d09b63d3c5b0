import { BlockList, isIP } from 'node:net'
import { parseCidr, withoutMapping } from '../config/cidr.ts'

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
