import { addon } from './addon.ts'
import type { FlowColumns, Generation, UnparsedReason } from './generation.ts'

interface Functions {
  makeCapture(path: string, maxConnections: number, decapsulate: boolean): object
  openCapture(capture: object): Promise<void>
  readCapture(capture: object): Promise<void>
  takeCapture(capture: object, rows: number): CapturePart
  stopCapture(capture: object): void
  parse(frame: Uint8Array, linkType: number, decapsulate: boolean): ParsedFrame
}

const native = () => addon<Functions>()

/** A part of a capture file's connections, in the order of their first packets; `capture` is told with the last part. */
export interface CapturePart extends Generation {
  readonly flows: FlowColumns & {
    /** Since the epoch; NaN, as firstSeenMs: no packet had a time. */
    readonly lastSeenMs: Float64Array
    /** 0: there are none, or none that could be read. 1: they were read, also where they are 0. */
    readonly hasPorts: Uint8Array
  }
  readonly last: boolean
  /** Of frames that are `unknown_link`, with the last part: https://www.tcpdump.org/linktypes.html */
  readonly unknownLinkTypes: readonly number[]
}

/** What the parser finds in one frame. Ports and the rest are 0 where there is none. */
export type ParsedFrame =
  | { readonly outcome: UnparsedReason }
  | {
      readonly outcome: 'parsed'
      readonly source: string
      readonly destination: string
      readonly protocol: number
      readonly sourcePort: number
      readonly destinationPort: number
      readonly tcpFlags: number
      readonly icmpType: number
      readonly icmpCode: number
      readonly icmpId: number
      readonly firstFragment: number
      readonly laterFragment: number
      readonly fragmentId: number
      /** From the first byte to the payload of TCP, UDP or IP. */
      readonly headerBytes: number
    }

export interface CaptureOptions {
  /** What is more is overflow. */
  readonly maxFlows: number
  /** Connections inside tunnels, instead of the tunnels' own. */
  readonly decapsulate: boolean
}

/** A pcap or pcapng file, which may be packed by gzip, counted off the event loop. */
export class Capture implements Disposable {
  private readonly handle: object

  constructor(path: string, { maxFlows, decapsulate }: CaptureOptions) {
    this.handle = native().makeCapture(path, maxFlows, decapsulate)
  }

  /** @throws with `code`: ENOENT and so on; EINVAL if it is no capture file */
  open(): Promise<void> {
    return native().openCapture(this.handle)
  }

  /**
   * Reads to the end of the file, or of what can be read of it: then the last part has a `problem`. After open(), once.
   * @throws with `code`
   */
  read(): Promise<void> {
    return native().readCapture(this.handle)
  }

  /** What was counted, in parts of `rows` connections at most. */
  *parts(rows: number): Generator<CapturePart> {
    for (let last = false; !last; ) {
      const part = native().takeCapture(this.handle, rows)
      yield part
      last = part.last
    }
  }

  /** Ends the reading. Safe to call twice. */
  [Symbol.dispose](): void {
    native().stopCapture(this.handle)
  }
}

/**
 * Parses one frame with the code that the programs in the kernel run.
 *
 * @param linkType a number of the pcap files' list: 1 is Ethernet, 101 is IP
 * @param decapsulate whether the addresses are those inside tunnels
 */
export const parseFrame = (frame: Uint8Array, linkType: number, decapsulate: boolean): ParsedFrame =>
  native().parse(frame, linkType, decapsulate)
