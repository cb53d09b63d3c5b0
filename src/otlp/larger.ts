/** A longer copy: twice as long, or what is needed. */
export function larger<T extends Uint8Array<ArrayBuffer> | Uint32Array | Float64Array>(
  from: T,
  needed: number,
): T {
  const to = new (from.constructor as new (length: number) => T)(Math.max(needed, from.length * 2))
  to.set(from)
  return to
}
