import type { SignalColumns } from '../../../native/generation.ts'

/** What passed of one connection in a generation; the lower endpoint, port 1000, is the client unless said. */
export interface Seen {
  readonly syn?: number
  readonly lastSyn?: number
  readonly synAck?: number
  readonly ack?: number
  readonly reset?: number
  readonly resets?: readonly [number, number]
  readonly unreachable?: number
  readonly unreachableWay?: 0 | 1
  readonly client?: 1 | 2
  readonly local?: number
  readonly ports?: readonly [number, number]
  readonly protocol?: number
  readonly translated?: number
  readonly roundTripUs?: readonly [number, number]
  readonly evidence?: number
}

/** Between addresses whose last word is 1, the lower, and 2. */
export function signalsOf(now: number, seen: readonly Seen[]): SignalColumns {
  const time = (of: (one: Seen) => number | undefined) =>
    Float64Array.from(seen, (one) => of(one) ?? Number.NaN)
  return {
    length: seen.length,
    now,
    addresses: new Uint8Array(
      Uint32Array.from(seen.flatMap(() => [0, 0, 0xffff0000, 1, 0, 0, 0xffff0000, 2])).buffer,
    ),
    ports: Uint16Array.from(seen.flatMap(({ ports = [1000, 80] }) => ports)),
    protocol: Uint8Array.from(seen, ({ protocol = 6 }) => protocol),
    translated: Uint8Array.from(seen, ({ translated = 0 }) => translated),
    local: Uint8Array.from(seen, ({ local = 0 }) => local),
    client: Uint8Array.from(seen, ({ syn, client = syn === undefined ? 0 : 1 }) => client),
    evidence: Uint8Array.from(seen, ({ evidence = 0 }) => evidence),
    roundTripUs: Uint32Array.from(seen.flatMap(({ roundTripUs = [0, 0] }) => roundTripUs)),
    syn: time(({ syn }) => syn),
    lastSyn: time(({ syn, lastSyn }) => lastSyn ?? syn),
    synAck: time(({ synAck }) => synAck),
    ack: time(({ ack }) => ack),
    reset: time(({ reset }) => reset),
    resets: Uint32Array.from(seen.flatMap(({ resets = [0, 0] }) => resets)),
    unreachables: Uint32Array.from(seen, ({ unreachable = 0 }) => Number(unreachable > 0)),
    unreachable: Uint8Array.from(seen, ({ unreachable = 0 }) => unreachable),
    unreachableWay: Uint8Array.from(seen, ({ unreachableWay = 0 }) => unreachableWay),
  }
}
