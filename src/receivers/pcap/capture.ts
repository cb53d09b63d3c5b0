import { NetsondeError } from '../../errors.ts'
import { Capture, type CaptureOptions } from '../../native.ts'

/** @throws {NetsondeError} CAPTURE_UNREADABLE, CAPTURE_FORMAT */
export async function openCapture(path: string, options: CaptureOptions): Promise<Capture> {
  const capture = new Capture(path, options)
  try {
    await capture.open()
    return capture
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EINVAL')
      throw new NetsondeError('CAPTURE_FORMAT', `${path} is neither a pcap nor a pcapng file`, { cause })
    throw new NetsondeError('CAPTURE_UNREADABLE', message, { cause })
  }
}
