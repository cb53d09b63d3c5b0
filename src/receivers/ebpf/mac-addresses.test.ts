import { expect, test } from 'vitest'
import { generation } from '../../../test/rig/generation.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import { flowBatch } from '../flows/flow-batch.ts'
import { Paths } from '../flows/slots.ts'
import { MacAddresses } from './mac-addresses.ts'

const batchOf = () =>
  flowBatch(
    generation([
      {
        lower: ['10.0.0.1', 40000],
        higher: ['192.0.2.7', 443],
        protocol: 6,
        seen: [
          [3, 0, 0, 1, 60],
          [3, 2, 1, 1, 60],
        ],
      },
    ] as never),
    new Paths(6),
    new Addresses(),
    { value: (ifindex) => `if${ifindex}` },
  ).batch

/** 10.0.0.1 -> 192.0.2.7 at interface 3 by TCP, as struct link_key has it. */
const asked = [
  '00000000000000000000ffff0a000001',
  '00000000000000000000ffffc0000207',
  '9c4001bb',
  '03000000',
  '0600000000000000',
].join('')

test('each row asks for its own way, and has what the frame had', async () => {
  const keys: string[] = []
  const batch = await new MacAddresses().tell(batchOf(), {
    linkAddresses: async (bytes) => {
      for (let at = 0; at < bytes.length; at += 48)
        keys.push(Buffer.from(bytes.subarray(at, at + 48)).toString('hex'))
      return Uint8Array.from([2, 0, 0, 0, 0, 0xfe, 2, 0, 0, 0, 0, 1, ...new Array(12).fill(0)])
    },
  })
  expect(keys).toHaveLength(2)
  expect(keys[0]).toBe(asked)
  expect(
    Array.from(batch, (point) => [
      point.source.address,
      point.attribute('source.mac'),
      point.attribute('destination.mac'),
    ]),
  ).toEqual([
    ['10.0.0.1', '02:00:00:00:00:01', '02:00:00:00:00:fe'],
    ['192.0.2.7', undefined, undefined],
  ])
})
