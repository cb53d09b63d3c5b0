/** Makes capture files, right ones and wrong ones. */

export interface Packet {
  readonly bytes: Uint8Array
  /** Since the epoch. */
  readonly timeNs?: bigint
  /** Bytes on the wire; default: those that are here. */
  readonly original?: number
  /** Of a pcapng section. */
  readonly interface?: number
}

export type Order = 'little' | 'big'

class Writer {
  private readonly order: Order
  private readonly parts: Uint8Array[] = []

  constructor(order: Order) {
    this.order = order
  }
  whole(bytes: 2 | 4 | 8, ...values: (number | bigint)[]): this {
    for (const value of values) {
      const buffer = Buffer.alloc(8)
      buffer.writeBigUInt64BE(BigInt(value))
      const big = buffer.subarray(8 - bytes)
      this.parts.push(this.order === 'big' ? big : Buffer.from(big).reverse())
    }
    return this
  }
  bytes(bytes: Uint8Array): this {
    this.parts.push(bytes)
    return this
  }
  padded(bytes: Uint8Array): this {
    return this.bytes(bytes).bytes(new Uint8Array(-bytes.length & 3))
  }
  done(): Buffer {
    return Buffer.concat(this.parts)
  }
}

export interface PcapOptions {
  readonly order?: Order
  readonly nanoseconds?: boolean
  readonly linkType?: number
  readonly version?: readonly [major: number, minor: number]
  /** With 8 bytes more in a record. */
  readonly modified?: boolean
}

/** draft-ietf-opsawg-pcap */
export function pcap(packets: readonly Packet[], options: PcapOptions = {}): Buffer {
  const { order = 'little', nanoseconds = false, linkType = 1, version = [2, 4], modified = false } = options
  const writer = new Writer(order)
  writer
    .whole(4, modified ? 0xa1b2cd34 : nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4)
    .whole(2, ...version)
    .whole(4, 0, 0, 65535, linkType)
  for (const { bytes, timeNs = 0n, original = bytes.length } of packets) {
    const fraction = (timeNs % 1_000_000_000n) / (nanoseconds ? 1n : 1000n)
    const lengths = version[0] === 2 && version[1] < 4 ? [original, bytes.length] : [bytes.length, original]
    writer.whole(4, timeNs / 1_000_000_000n, fraction, ...lengths)
    writer.bytes(new Uint8Array(modified ? 8 : 0)).bytes(bytes)
  }
  return writer.done()
}

export type Block = (order: Order) => Buffer

const block =
  (type: number, body: (writer: Writer) => Writer): Block =>
  (order) => {
    const inner = body(new Writer(order)).done()
    return new Writer(order)
      .whole(4, type, inner.length + 12)
      .bytes(inner)
      .whole(4, inner.length + 12)
      .done()
  }

export const section = block(0x0a0d0d0a, (writer) =>
  writer.whole(4, 0x1a2b3c4d).whole(2, 1, 0).whole(8, 0xffffffffffffffffn),
)

/**
 * @param resolution if_tsresol, as it stands in the file
 * @param offset if_tsoffset, in seconds
 */
export const interfaceOf = (linkType: number, resolution?: number, snapshot = 0, offset?: bigint): Block =>
  block(1, (writer) => {
    writer.whole(2, linkType, 0).whole(4, snapshot)
    writer.whole(2, 2, 3).padded(Buffer.from('lo0')) // an option that nobody asks for
    if (resolution !== undefined) writer.whole(2, 9, 1).padded(Uint8Array.of(resolution))
    if (offset !== undefined) writer.whole(2, 14, 8).whole(8, BigInt.asUintN(64, offset))
    return writer.whole(2, 0, 0)
  })

/** @param ticks in the interface's resolution */
export const enhanced = (packet: Packet, ticks: bigint): Block =>
  block(6, (writer) =>
    writer
      .whole(4, packet.interface ?? 0, ticks >> 32n, ticks & 0xffffffffn)
      .whole(4, packet.bytes.length, packet.original ?? packet.bytes.length)
      .padded(packet.bytes),
  )

/** As early writers: the length of the block is that without its padding. */
export const unpadded =
  (packet: Packet, ticks: bigint): Block =>
  (order) => {
    const whole = enhanced(packet, ticks)(order)
    const length = whole.length - (-packet.bytes.length & 3)
    if (length === whole.length) throw new Error('the packet needs no padding')
    for (const at of [4, whole.length - 4])
      if (order === 'big') whole.writeUInt32BE(length, at)
      else whole.writeUInt32LE(length, at)
    return whole
  }

export const simple = (packet: Packet): Block =>
  block(3, (writer) => writer.whole(4, packet.original ?? packet.bytes.length).padded(packet.bytes))

export const obsolete = (packet: Packet, ticks: bigint): Block =>
  block(2, (writer) =>
    writer
      .whole(2, packet.interface ?? 0, 0)
      .whole(
        4,
        ticks >> 32n,
        ticks & 0xffffffffn,
        packet.bytes.length,
        packet.original ?? packet.bytes.length,
      )
      .padded(packet.bytes),
  )

/** A block of names or statistics, which nobody asks for. */
export const unknown: Block = block(4, (writer) => writer.bytes(new Uint8Array(4096)))

/** draft-ietf-opsawg-pcapng */
export const pcapng = (order: Order, blocks: readonly Block[]): Buffer =>
  Buffer.concat(blocks.map((made) => made(order)))
