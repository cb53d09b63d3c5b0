import { isInt64 } from './numbers.ts'
import { FIXED64, LENGTH, type ProtoWriter, VARINT, written } from './protobuf.ts'

export type Attributes = Readonly<Record<string, string | number | boolean>>

/**
 * Writes attributes as KeyValue messages in a repeated field.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto, common/v1/common.proto
 */
export function writeAttributes(to: ProtoWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    to.message(
      field,
      written((pair) => {
        pair.text(1, key)
        pair.message(2, anyValue(value))
      }),
    )
  }
}

/** AnyValue is a oneof: what is set is written, the empty string too. */
function anyValue(value: string | number | boolean): Uint8Array {
  return written((to) => {
    if (typeof value === 'string') {
      to.message(1, utf8.encode(value))
    } else if (typeof value === 'boolean') {
      to.tag(2, VARINT)
      to.varint(value ? 1 : 0)
    } else if (isInt64(value)) {
      to.tag(3, VARINT)
      writeVarint64(to, value)
    } else {
      to.tag(4, FIXED64)
      to.double(value)
    }
  })
}

function writeVarint64(to: ProtoWriter, value: number): void {
  let left = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80)
  to.raw(Uint8Array.of(...bytes, Number(left)))
}

/** Resource and scope: the part of each message that is always the same. */
export function resourceField(attributes: Attributes): Uint8Array {
  return written((to) =>
    to.message(
      1,
      written((resource) => writeAttributes(resource, 1, attributes)),
    ),
  )
}

export function scopeField(name: string, version: string): Uint8Array {
  return written((to) =>
    to.message(
      1,
      written((scope) => {
        scope.text(1, name)
        scope.text(2, version)
      }),
    ),
  )
}

/** Tag and length of a field whose content follows. */
export function writeHead(to: ProtoWriter, field: number, length: number): void {
  to.tag(field, LENGTH)
  to.varint(length)
}

const utf8 = new TextEncoder()
