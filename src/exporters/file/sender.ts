import type { EncodedRequest } from '../../otlp/metrics-encoder.ts'
import type { Outcome, Sender } from '../../otlp/sender.ts'
import type { RotatingFile } from './rotating-file.ts'

/** A request that is a line. */
export interface LineRequest extends EncodedRequest {
  readonly line: string
}

/** Writes lines as the other exporters send requests. */
export class FileSender implements Sender {
  private readonly file: RotatingFile

  constructor(file: RotatingFile) {
    this.file = file
  }

  async send(request: Pick<EncodedRequest, 'bytes' | 'points'>): Promise<Outcome> {
    try {
      await this.file.write((request as LineRequest).line)
      return { kind: 'accepted', rejected: 0, message: '' }
    } catch (error) {
      const { code = 'error', message } = error as NodeJS.ErrnoException
      return { kind: 'failed', type: code, message, retryable: true, unclear: false, tooLarge: false }
    }
  }

  hangUp(): void {}
}
