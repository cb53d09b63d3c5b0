import { expect, test } from 'vitest'
import { allowList } from './allow.ts'

test.each([
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.0.0.1', '10.0.0.0/8', false],
  ['::ffff:10.1.2.3', '10.0.0.0/8', true], // how a socket of both families has it
  ['::FFFF:11.1.2.3', '10.0.0.0/8', false],
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.2', '192.0.2.1', false],
  ['192.0.2.2', '0.0.0.0/0', true],
  ['fd00::1', '0.0.0.0/0', false],
  ['fd00::1', 'fd00::/8', true],
  ['fe80::1%eth0', 'fe80::/10', true],
  ['2001:db8::1', 'fd00::/8', false],
  ['::1', '127.0.0.0/8', false],
  ['10.1.2.3', '::/0', false],
  ['10.1.2.3', '::ffff:10.0.0.0/104', true],
  ['11.1.2.3', '::ffff:10.0.0.0/104', false],
  [undefined, '0.0.0.0/0', false],
  ['', '0.0.0.0/0', false],
])('%s is in %s: %s', (address, cidr, expected) => expect(allowList([cidr])(address)).toBe(expected))

test('one of several is enough', () => {
  const allowed = allowList(['127.0.0.1', '::1', '10.0.0.0/8'])
  expect(['10.9.9.9', '::1', '127.0.0.2'].map(allowed)).toEqual([true, true, false])
})

test('without a list all may ask', () => expect(allowList([])(undefined)).toBe(true))
