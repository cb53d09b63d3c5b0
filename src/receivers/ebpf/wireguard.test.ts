import { expect, test } from 'vitest'
import { wireguardPortIn } from '../../native/interfaces.ts'

/** An attribute as netlink has it (include/uapi/linux/netlink.h): length with its header, type, value, to 4 bytes. */
function attribute(type: number, value: readonly number[]): number[] {
  const length = 4 + value.length
  return [
    length & 255,
    length >> 8,
    type & 255,
    type >> 8,
    ...value,
    ...new Array((4 - (length & 3)) & 3).fill(0),
  ]
}

/** WG_CMD_GET_DEVICE's answer; type: nlmsg_type. */
function answer(attributes: readonly number[], type = 0x1f): Uint8Array {
  const length = 20 + attributes.length
  const header = [length & 255, length >> 8, 0, 0, type, 0, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 1, 0, 0]
  return Uint8Array.from([...header, ...attributes])
}

const port = attribute(6, [0x6c, 0xca]) // 51820
const mark = attribute(7, [0, 0, 0, 0])
const name = attribute(2, [...Buffer.from('wg0\0')])

test.each<[string, Uint8Array, number]>([
  ['as the kernel writes it', answer([...port, ...mark, ...name]), 51820],
  ['whatever is before it', answer([...name, ...mark, ...port]), 51820],
  ['with flags in the type', answer(attribute(6 | 0x8000, [0x6c, 0xca])), 51820],
  ['of a device that is down', answer(attribute(6, [0, 0])), 0],
  ['a device without', answer([...mark, ...name]), 0],
  ['one byte of it', answer(attribute(6, [0x6c])), 0],
  ['an attribute shorter than its header', answer([3, 0, 7, 0, ...port]), 0],
  ['an attribute longer than the message', answer([0xff, 0xff, 7, 0, ...port]), 0],
  ['an error', answer(port, 2), 0],
  ['nothing', new Uint8Array(0), 0],
])('the port in an answer: %s', (_, bytes, expected) => expect(wireguardPortIn(bytes)).toBe(expected))

test('an answer that is cut off tells the port once that is there, and never anything else', () => {
  const whole = answer([...port, ...mark, ...name])
  for (let length = 0; length <= whole.length; length++)
    expect(wireguardPortIn(whole.slice(0, length))).toBe(length < 26 ? 0 : 51820)
})
