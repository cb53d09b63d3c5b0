import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

export interface Certificate {
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
  /** One that this one signs, for names and IPv4 addresses. */
  issue(commonName: string, ...names: string[]): Certificate
}

/** An authority that exists for one test; nobody keeps its key. */
export function authority(commonName = 'Authority of a test'): Certificate {
  const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return certificate(commonName, [], keys, { name: commonName, key: keys.privateKey }, true)
}

interface Issuer {
  readonly name: string
  readonly key: KeyObject
}

let serial = 1

/** @see RFC 5280 4.1 */
function certificate(
  commonName: string,
  names: readonly string[],
  keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  issuer: Issuer,
  isAuthority: boolean,
): Certificate {
  const algorithm = sequence(oid('2a8648ce3d040302')) // ecdsa-with-SHA256
  const extensions = [
    sequence(
      oid('551d13'),
      der(0x01, Buffer.of(0xff)),
      octets(sequence(...(isAuthority ? [der(0x01, Buffer.of(0xff))] : []))),
    ),
    ...(names.length > 0 ? [sequence(oid('551d11'), octets(sequence(...names.map(alternativeName))))] : []),
  ]
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(0x01, serial >> 8, serial++ & 0xff)),
    algorithm,
    distinguishedName(issuer.name),
    sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231000000Z'))),
    distinguishedName(commonName),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const signature = createSign('sha256').update(body).sign(issuer.key)
  const own = { name: commonName, key: keys.privateKey }
  return {
    cert: pem('CERTIFICATE', sequence(body, algorithm, der(0x03, Buffer.of(0), signature))),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    issue: (name, ...names) =>
      certificate(name, names, generateKeyPairSync('ec', { namedCurve: 'prime256v1' }), own, false),
  }
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))))
}

function alternativeName(name: string): Buffer {
  if (name === '::1') return der(0x87, Buffer.from('00000000000000000000000000000001', 'hex'))
  return isIPv4(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name))
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts)
const octets = (...parts: Buffer[]) => der(0x04, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

function pem(what: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${what}-----\n${lines.join('\n')}\n-----END ${what}-----\n`
}
