import { expect } from 'vitest'
import * as l from '../packets/layers.ts'
import { kernelTest } from './kernel-test.ts'
import { countedOnVeth, sendFrames } from './on-veth.ts'

const { ethernet, ipv4, udp, middle } = l
const [SYN, ACK, MORE] = [0x02, 0x10, 1]
const MAX_FLOWS = 64

const signals = async (frames: readonly (readonly l.Make[])[]): Promise<string[]> => {
  const counted = await countedOnVeth(
    (namespace, device) => sendFrames(namespace, device, frames.map(l.frameOf)),
    { signals: true, maxFlows: MAX_FLOWS },
  )
  return counted.filter((line) => line.startsWith('signals'))
}

const segment =
  (ports: readonly number[], flags: number): l.Make =>
  () => ({
    ...l.tcp()(undefined),
    bytes: [...ports.flatMap(l.be16), ...Array(8).fill(0), 0x50, flags, ...Array(6).fill(0)],
  })
const answer = ipv4({ from: '10.0.0.2', to: '10.0.0.1' })
const handshake = [
  [ethernet, ipv4(), segment([40000, 80], SYN)],
  [ethernet, answer, segment([80, 40000], SYN | ACK)],
  [ethernet, ipv4(), segment([40000, 80], ACK)],
]
const others = Array.from({ length: MAX_FLOWS }, (_, i) => [ethernet, ipv4({ from: `10.0.1.${i}` }), udp])

kernelTest('of a connection for which there is no room the whole handshake is told', async () => {
  expect(await signals([...others, ...handshake])).toEqual(['signals syn synAck ack 0'])
})

const datagram = [ipv4({ from: '10.0.0.2', to: '10.0.0.1' }), udp]
const quoted: l.Make = () => ({ ...middle(undefined), bytes: [...l.frameOf(datagram)] })

kernelTest('an ICMP message in fragments is told once, by its first', async () => {
  const frames = [
    [ethernet, ipv4({ flags: MORE }), l.unreachable, quoted],
    [ethernet, ipv4({ offset: 1 }), l.unreachable, quoted],
  ]
  expect(await signals(frames)).toEqual(['signals 1'])
})

kernelTest('an ICMP message for which there is no room is told all the same', async () => {
  expect(await signals([...others, [ethernet, ipv4(), l.unreachable, quoted]])).toEqual(['signals 1'])
})
