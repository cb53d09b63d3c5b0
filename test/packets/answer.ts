import type { Found } from './layers.ts'
import type { Reason } from './packets.ts'

const REASONS: readonly (Reason | undefined)[] = [undefined, 'not_ip', 'truncated', 'malformed']

/** What parse_frames printed for a frame: struct answer of parse.bpf.c. */
export function decodeAnswer(hex: string): Found | Reason {
  const bytes = Buffer.from(hex, 'hex')
  const reason = REASONS[bytes.readUInt32LE(4)]
  if (reason) return reason
  const packet = bytes.subarray(8)
  const [family, protocol, firstFragment, laterFragment, tcpFlags, icmpType, icmpCode] =
    packet as unknown as [...(readonly [number, number, number, number, number, number, number])]
  const ipv4 = (at: number) => packet.subarray(at, at + 4).join('.')
  const ipv6 = (at: number) => {
    const groups = Array.from({ length: 8 }, (_, i) => packet.readUInt16BE(at + i * 2).toString(16))
    return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
  }
  return {
    source: family === 4 ? ipv4(24) : ipv6(32),
    destination: family === 4 ? ipv4(28) : ipv6(48),
    protocol,
    sourcePort: packet.readUInt16BE(8),
    destinationPort: packet.readUInt16BE(10),
    tcpFlags,
    icmpType,
    icmpCode,
    icmpId: packet.readUInt16BE(12),
    firstFragment,
    laterFragment,
    fragmentId: family === 4 ? packet.readUInt16BE(16) : packet.readUInt32BE(16),
  }
}
