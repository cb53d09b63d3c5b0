import type { LogsConfig } from '../config/service.ts'
import type { Consumer } from '../pipeline/component.ts'
import type { LogLevel, LogSink } from '../pipeline/log.ts'
import { isAtLeast } from '../pipeline/log-level.ts'
import type { Host } from './cli.ts'
import { consoleLine, jsonLine } from './log-line.ts'
import { View } from './terminal/view.ts'

/** Where an agent's log and batches go. */
export interface Output extends Disposable {
  readonly log: LogSink
  /** The least that `log` needs to be told. */
  readonly level: LogLevel
  /** Absent where nobody looks: then no time is spent on it. */
  readonly tap?: Consumer
}

/**
 * On a terminal the picture of the traffic, with what is worth a look above it. Else lines on stderr, as the
 * Collector does: stdout is for what was asked for. Both, where stdout is a terminal and stderr a file.
 */
export function openOutput({ level, encoding }: LogsConfig, host: Host): Output {
  const line = encoding === 'json' ? jsonLine : consoleLine
  const lines: LogSink = (record) => {
    if (isAtLeast(record.level, level)) host.stderr.write(`${line(record, level === 'debug')}\n`)
  }
  if (!host.stdout.isTTY || host.env.TERM === 'dumb') return { log: lines, level, [Symbol.dispose]() {} }
  const view = new View({ terminal: host.stdout, level, soon: (draw) => setTimeout(draw, SOON_MS).unref() })
  const resized = () => view.resized()
  host.stdout.on('resize', resized)
  return {
    // The header of the picture is made from info records.
    level: isAtLeast(level, 'info') ? 'info' : level,
    log(record) {
      view.log(record)
      if (!host.stderr.isTTY) lines(record)
    },
    tap: view.tap,
    [Symbol.dispose]() {
      host.stdout.off('resize', resized)
      view.end()
    },
  }
}

/** Long enough for the batches of an interval to come together, too short to be noticed. */
const SOON_MS = 50
