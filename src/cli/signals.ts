import type { Host } from './cli.ts'

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** Exit statuses of a process that was ended by one: 128 + its number. */
const STATUS: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** npm passes on the Ctrl-C that the terminal has sent to both: nobody presses it twice in that time. */
const ECHO_S = 0.2

/** Waits for the first signal that asks the process to end; the second one ends it at once. */
export class Signals implements Disposable {
  readonly first: Promise<Signal>
  private readonly host: Host
  private readonly listener: (signal: NodeJS.Signals) => void

  /** @param last called before the process is ended by a second signal */
  constructor(host: Host, last: () => void) {
    const first = Promise.withResolvers<Signal>()
    this.first = first.promise
    this.host = host
    let askedAt: number | undefined
    this.listener = (signal) => {
      if (askedAt === undefined) {
        askedAt = host.uptime()
        first.resolve(signal as Signal)
      } else if (host.uptime() - askedAt > ECHO_S) {
        last()
        host.exit(STATUS[signal as Signal])
      }
    }
    for (const signal of Object.keys(STATUS)) host.on(signal as Signal, this.listener)
  }

  [Symbol.dispose](): void {
    for (const signal of Object.keys(STATUS)) this.host.off(signal as Signal, this.listener)
  }
}
