/** What of a terminal is used: `process.stdout` is one. */
export interface Terminal {
  write(text: string): unknown
  readonly columns?: number
  readonly rows?: number
}

/** Between these a terminal that knows them shows nothing half drawn; others ignore them. */
const HOLD = '\x1b[?2026h'
const SHOW = '\x1b[?2026l'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
const CLEAR_ALL = '\x1b[2J\x1b[H'

/** The lower part of a terminal is redrawn in place; what is printed stays above it. */
export class Screen {
  private readonly terminal: Terminal
  private live: readonly string[] = []

  constructor(terminal: Terminal) {
    this.terminal = terminal
  }

  get columns(): number {
    return this.terminal.columns || 80
  }

  /** Lines that can be redrawn: what scrolled out of the window cannot. */
  get rows(): number {
    return Math.max(1, (this.terminal.rows || 24) - 1)
  }

  /** Replaces what was drawn. Each line must fit into the window. */
  draw(lines: readonly string[]): void {
    this.write(this.back() + lines.map(ended).join('') + CLEAR_BELOW)
    this.live = lines
  }

  /** Lines that stay; longer ones are wrapped by the terminal. */
  print(lines: readonly string[]): void {
    this.write(this.back() + [...lines, ...this.live].map(ended).join('') + CLEAR_BELOW)
  }

  /** After a change of size nobody knows where the old lines have gone: begin anew. */
  reset(): void {
    this.live = []
    this.write(CLEAR_ALL)
  }

  /** Leaves the cursor below everything, at the start of an empty line. */
  end(): void {
    this.live = []
    this.terminal.write(`\r${CLEAR_BELOW}`) // a ^C that the terminal echoed
  }

  private back(): string {
    return this.live.length > 0 ? `\r\x1b[${this.live.length}A` : '\r'
  }

  private write(text: string): void {
    this.terminal.write(HOLD + text + SHOW)
  }
}

function ended(line: string): string {
  return `${line}${CLEAR_LINE}\n`
}
