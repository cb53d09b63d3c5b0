/** Frames of an established TCP connection, 104 bytes, as the benchmarks send them through the programs. */
const ethernet = (type: number) => [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, type >> 8, type & 0xff]
const tcp = [0xc0, 0x00, 0x15, 0x38, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 0x10, 0, 0, 0, 0, 0]
/** With timestamps (RFC 7323), sequence and acknowledgement 1. */
const stamped = (from: number, to: number) => [
  ...[from >> 8, from & 0xff, to >> 8, to & 0xff, 0, 0, 0, 1, 0, 0, 0, 1, 0x80, 0x10, 0x10, 0, 0, 0, 0, 0],
  ...[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1],
]
const payload = (bytes: number) => new Array<number>(bytes).fill(0x78)

const ipv4 = [0x45, 0, 0, 90, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
const swapped = [...ipv4.slice(0, 12), ...ipv4.slice(16), ...ipv4.slice(12, 16)]
const ipv6Address = (last: number) => [0xfd, ...new Array<number>(14).fill(0), last]
const ipv6 = [0x60, 0, 0, 0, 0, 50, 6, 64, ...ipv6Address(1), ...ipv6Address(2)]

const tag = [0, 100, 0x08, 0x00]

export const packets = {
  ipv4: Uint8Array.from([...ethernet(0x0800), ...ipv4, ...tcp, ...payload(50)]),
  /** Data to be acknowledged, and a packet the other way that does not do so. */
  stamped: Uint8Array.from([...ethernet(0x0800), ...ipv4, ...stamped(0xc000, 0x1538), ...payload(38)]),
  awaited: Uint8Array.from([...ethernet(0x0800), ...swapped, ...stamped(0x1538, 0xc000)]),
  vlan: Uint8Array.from([...ethernet(0x8100), ...tag, ...ipv4, ...tcp, ...payload(50)]),
  ipv6: Uint8Array.from([...ethernet(0x86dd), ...ipv6, ...tcp, ...payload(30)]),
} as const
