import { expect, test } from 'vitest'
import { parseCidr } from './cidr.ts'

test.each([
  ['10.0.0.0/8', '10.0.0.0', 8, 'ipv4'],
  ['192.0.2.1', '192.0.2.1', 32, 'ipv4'],
  ['::/0', '::', 0, 'ipv6'],
  ['fd00::1', 'fd00::1', 128, 'ipv6'],
  ['::ffff:10.0.0.0/104', '10.0.0.0', 8, 'ipv4'],
])('%s', (text, address, prefix, family) => expect(parseCidr(text)).toEqual({ address, prefix, family }))

test.each([
  '',
  '10.0.0.0/33',
  '10.0.0.0/',
  '::/129',
  '10.0.0',
  'localhost',
  '10.0.0.0/8/8',
  '10.0.0.0/-1',
  '::1%eth0',
])('"%s" is no address and no network', (text) => expect(parseCidr(text)).toBeUndefined())
