/** Writes protobuf into memory that grows; positions are from its beginning. */
export class ProtoWriter {
  bytes: Uint8Array<ArrayBuffer>
  view: DataView
  length = 0

  constructor(size = 256) {
    this.bytes = new Uint8Array(size)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Makes room for `size` bytes more. */
  reserve(size: number): void {
    const needed = this.length + size
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }

  /** @param value a whole number from 0 to 2^53 - 1 */
  varint(value: number): void {
    this.reserve(8)
    let left = value
    while (left >= 0x80) {
      this.bytes[this.length++] = (left % 0x80) | 0x80
      left = Math.floor(left / 0x80)
    }
    this.bytes[this.length++] = left
  }

  tag(field: number, wire: WireType): void {
    this.varint(field * 8 + wire)
  }

  double(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** 64 bits as two halves: fixed64 and sfixed64 alike. */
  fixed64(low: number, high: number): void {
    this.reserve(8)
    this.view.setUint32(this.length, low, true)
    this.view.setUint32(this.length + 4, high, true)
    this.length += 8
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** A string field, left out where it is empty as proto3 wants it. */
  text(field: number, value: string): void {
    if (value === '') return
    this.message(field, utf8.encode(value))
  }

  /** A field that has a length: text, bytes or a message that is written already. */
  message(field: number, bytes: Uint8Array): void {
    this.tag(field, LENGTH)
    this.varint(bytes.length)
    this.raw(bytes)
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length)
  }
}

export type WireType = 0 | 1 | 2 | 5
export const VARINT = 0
export const FIXED64 = 1
export const LENGTH = 2

const utf8 = new TextEncoder()

/** What is written in a writer of its own. */
export function written(write: (to: ProtoWriter) => void): Uint8Array<ArrayBuffer> {
  const to = new ProtoWriter()
  write(to)
  return to.finish()
}

/** Bytes that `value` takes as a varint. */
export function varintSize(value: number): number {
  let size = 1
  for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) size++
  return size
}

/** Of a varint's tenth byte. */
const LAST_SCALE = 0x80 ** 9

/** A field of a message that is read: numbers for varints, bytes for the rest. */
export type Field = readonly [number: number, value: number | Uint8Array]

/**
 * The fields of a message, in their order.
 *
 * @throws {RangeError} the bytes end in the middle, or are not protobuf
 * @see https://protobuf.dev/programming-guides/encoding
 */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError('ends in the middle of a field')
    at += length
    return bytes.subarray(at - length, at)
  }
  const varint = () => {
    let value = 0
    for (let scale = 1; scale <= LAST_SCALE; scale *= 0x80) {
      const [byte] = take(1) as unknown as [number]
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw new RangeError('has an integer of more than 64 bits')
  }
  while (at < bytes.length) {
    const tag = varint()
    const [field, wire] = [Math.floor(tag / 8), tag % 8]
    if (wire === VARINT) yield [field, varint()]
    else if (wire === FIXED64) yield [field, take(8)]
    else if (wire === LENGTH) yield [field, take(varint())]
    else if (wire === 5) yield [field, take(4)]
    else throw new RangeError(`wire type ${wire} is not one`)
  }
}
