import { fieldsOf } from './protobuf.ts'

/** What a receiver did not take of a request that it took. */
export interface PartialSuccess {
  readonly rejected: number
  readonly message: string
}

/**
 * Reads an ExportMetricsServiceResponse.
 *
 * @returns nothing rejected and no message where all is well; a message alone is a warning
 * @throws {RangeError} not protobuf
 */
export function readExportResponse(bytes: Uint8Array): PartialSuccess {
  let [rejected, message] = [0, '']
  for (const [, partial] of fieldsOf(bytes).filter(([field, value]) => field === 1 && isBytes(value))) {
    for (const [field, value] of fieldsOf(partial as Uint8Array)) {
      if (field === 1 && !isBytes(value)) rejected = positive(value)
      if (field === 2 && isBytes(value)) message = utf8.decode(value)
    }
  }
  return { rejected, message }
}

/**
 * The time that a google.rpc.Status asks to wait: RetryInfo.retry_delay in its details.
 *
 * @param status bytes of the trailer grpc-status-details-bin, or of an HTTP error's body
 * @returns milliseconds; `undefined`: there is no RetryInfo, or it is not protobuf
 * @see https://github.com/googleapis/googleapis, google/rpc/status.proto and error_details.proto
 */
export function readRetryDelayMs(status: Uint8Array): number | undefined {
  try {
    for (const any of messages(status, 3)) {
      const type = messages(any, 1).map((name) => utf8.decode(name))
      if (type[0] !== 'type.googleapis.com/google.rpc.RetryInfo') continue
      const [info = new Uint8Array(0)] = messages(any, 2)
      const [delay = new Uint8Array(0)] = messages(info, 1)
      const part = (wanted: number) => {
        const value = [...fieldsOf(delay)].find(([field]) => field === wanted)?.[1] ?? 0
        return isBytes(value) ? 0 : positive(value)
      }
      return part(1) * 1000 + part(2) / 1e6
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return undefined
}

/** The text of a google.rpc.Status; empty where it has none or is not one. */
export function readStatusMessage(status: Uint8Array): string {
  try {
    return messages(status, 2)
      .map((text) => utf8.decode(text))
      .join()
  } catch {
    return ''
  }
}

function messages(bytes: Uint8Array, wanted: number): Uint8Array[] {
  return [...fieldsOf(bytes)].flatMap(([field, value]) => (field === wanted && isBytes(value) ? [value] : []))
}

/** @returns 0 of what is negative, as two's complement */
const positive = (value: number): number => (value < 2 ** 63 ? value : 0)

function isBytes(value: number | Uint8Array): value is Uint8Array {
  return typeof value !== 'number'
}

const utf8 = new TextDecoder()
