import { isIP } from 'node:net'

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
export function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
