import { NetsondeError } from '../../errors.ts'
import { Capture, type CaptureOptions, type CapturePart } from '../../native/capture.ts'

/**
 * @param path `-`: standard input
 * @throws {NetsondeError} CAPTURE_UNREADABLE, CAPTURE_FORMAT
 */
export async function openCapture(path: string, options: CaptureOptions): Promise<Capture> {
  const capture = new Capture(path, options)
  try {
    await capture.open()
    return capture
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EINVAL')
      throw new NetsondeError(
        'CAPTURE_FORMAT',
        `${path} is neither a pcap nor a pcapng file: ${message.split(': ').at(-1)}`,
        { cause },
      )
    throw new NetsondeError('CAPTURE_UNREADABLE', message, { cause })
  }
}

/** What is to be said of frames whose link type is not known; nothing if there are none. */
export function unknownLinks({ capture, unknownLinkTypes }: CapturePart): string | undefined {
  const { packets } = capture.unparsed.unknown_link ?? { packets: 0 }
  if (packets === 0) return undefined
  return `${packets} packets are of a link type that is not known: ${unknownLinkTypes.join(', ')}`
}
