import { EventEmitter } from 'node:events'
import type { Host } from '../cli.ts'

class Stream extends EventEmitter {
  text = ''
  readonly isTTY: boolean
  readonly columns = 90
  readonly rows = 30

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  /** Writes that a pipe would still hold. */
  unwritten = 0

  write(text: string, done?: () => void): boolean {
    this.text += text
    this.emit('written')
    this.unwritten++
    setImmediate(() => {
      this.unwritten--
      done?.()
    })
    return true
  }

  /** Resolves when the text has been written, now or later. */
  async has(text: string): Promise<void> {
    while (!this.text.includes(text)) await new Promise((resolve) => this.once('written', resolve))
  }
}

/** What a command sees of a process. */
export class TestHost extends EventEmitter {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly env: Record<string, string> = {}
  /** Seconds that it has run. */
  seconds = 0
  /** Statuses with which it was to end at once. */
  readonly exits: number[] = []

  /** @param options.file stderr is not the terminal that stdout is */
  constructor({ terminal = false, file = false } = {}) {
    super()
    this.stdout = new Stream(terminal)
    this.stderr = new Stream(terminal && !file)
  }

  uptime(): number {
    return this.seconds
  }

  exit(status: number): void {
    this.exits.push(status)
  }

  get host(): Host {
    return this as unknown as Host
  }

  /** Its log, where that is JSON. */
  get log(): { level: string; component: string; msg: string; fields?: Record<string, unknown> }[] {
    return this.stderr.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }
}
