import type { Consumer } from '../../pipeline/component.ts'
import type { LogLevel, LogRecord, LogSink } from '../../pipeline/log.ts'
import { isAtLeast } from '../../pipeline/log-level.ts'
import { consoleLine } from '../log-line.ts'
import { describe, type Header, type Interface, renderHeader } from './header.ts'
import { Screen, type Terminal } from './screen.ts'
import { renderTable } from './table.ts'
import { Traffic } from './traffic.ts'

export interface ViewOptions {
  readonly terminal: Terminal
  /** Records below it are read for the header and not shown. */
  readonly level: LogLevel
  /** Runs `draw` soon and once; an interval's batches come one after another. */
  readonly soon: (draw: () => void) => void
}

/** How many of the latest messages survive a change of the window's size. */
const KEPT = 5

/** Makes a terminal's picture of a running agent from its log and its batches. */
export class View {
  readonly log: LogSink = (record) => this.read(record)
  readonly tap: Consumer = { consume: (batch) => this.add(batch) }
  private readonly screen: Screen
  private readonly options: ViewOptions
  private readonly interfaces = new Map<string, Interface>()
  private header: Header = { version: '', kernel: '', config: [], interfaces: [], listening: [] }
  private ready = false
  private stopping = false
  private ended = false
  private drawing = false
  private messages: string[] = []
  private traffic: Traffic | undefined

  constructor(options: ViewOptions) {
    this.options = options
    this.screen = new Screen(options.terminal)
  }

  /** To be called when the window's size has changed. */
  resized(): void {
    if (this.ended || !this.ready) return
    this.screen.reset()
    this.screen.print([...this.headerLines(), ...this.messages])
    this.draw()
  }

  /** The last picture stays; the cursor is below it. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.screen.end()
  }

  private add(batch: Parameters<Consumer['consume']>[0]): void {
    const { startMs, endMs } = batch
    // The last interval is cut short: what it holds is no picture of the traffic.
    if (this.stopping || this.ended || endMs < (this.traffic?.endMs ?? 0)) return
    if (endMs !== this.traffic?.endMs || startMs !== this.traffic.startMs) {
      this.traffic = new Traffic(startMs, endMs)
    }
    this.traffic.add(batch)
    if (this.drawing) return
    this.drawing = true
    this.options.soon(() => {
      this.drawing = false
      this.draw()
    })
  }

  private draw(): void {
    if (this.ended || !this.ready) return
    const { columns, rows } = this.screen
    const table = this.traffic && renderTable(this.traffic, columns, rows - this.headerLines().length)
    this.screen.draw(table ?? ['  counting ...'])
  }

  private read(record: LogRecord): void {
    if (this.ended) return
    const { component, message, fields } = record
    switch (component === 'agent' ? `agent ${message}` : message) {
      case 'agent starting':
        this.header = { ...this.header, ...(fields as Partial<Header>) }
        return
      case 'listening':
        this.header = { ...this.header, listening: [...this.header.listening, fields as never] }
        return
      case 'interface':
        this.readInterface(fields as unknown as Interface)
        return
      case 'agent ready':
        this.ready = true
        this.screen.print(this.headerLines())
        this.draw()
        return
      case 'agent stopping':
        this.stopping = true
        return
      case 'agent stopped':
        return
      default:
        if (isAtLeast(record.level, this.options.level)) this.say(consoleLine(record))
    }
  }

  private readInterface(each: Interface): void {
    this.interfaces.set(each.name, each)
    // The header has been printed: what comes later is news.
    if (this.ready) this.say(`interface ${describe(each)}`)
  }

  private say(line: string): void {
    this.messages = [...this.messages, line].slice(-KEPT)
    this.screen.print([line])
  }

  private headerLines(): string[] {
    return renderHeader({ ...this.header, interfaces: [...this.interfaces.values()] }, this.screen.columns)
  }
}
