// biome-ignore-all lint/suspicious/noControlCharactersInRegex: terminals are told with them
/** A terminal's window, as far as a redrawn table needs one. Throws at what it does not know. */
export class Window {
  rows: number
  columns: number
  /** Everything that was sent. */
  sent = ''
  private lines: string[] = ['']
  /** Line and column of the cursor; `top` is the first line in view. */
  private line = 0
  private column = 0

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  /** What one sees, without the empty end. */
  get visible(): string {
    return this.lines
      .slice(this.top)
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd()
  }

  /** From the top of the window. */
  get cursor(): [line: number, column: number] {
    return [this.line - this.top, this.column]
  }

  write(text: string): void {
    this.sent += text
    for (const [token] of text.matchAll(/\x1b\[\??\d*[A-Za-z]|[\s\S]/g)) this.take(token)
  }

  private get top(): number {
    return Math.max(0, this.lines.length - this.rows)
  }

  private take(token: string): void {
    const [, count, command] = /^\x1b\[(\??\d*)([A-Za-z])$/.exec(token) ?? []
    if (command !== undefined) this.obey(command, count ?? '')
    else if (token === '\r') this.column = 0
    else if (token === '\n') this.newLine()
    else this.put(token)
  }

  private obey(command: string, count: string): void {
    switch (`${count}${command}`) {
      case '?2026h':
      case '?2026l':
        return
      case 'K':
        this.lines[this.line] = this.current.slice(0, this.column)
        return
      case 'J':
        this.lines = this.lines.map((line, i) => (i > this.line ? '' : line))
        this.lines[this.line] = this.current.slice(0, this.column)
        return
      case '2J':
        this.lines = this.lines.map((line, i) => (i >= this.top ? '' : line))
        return
      case 'H':
        this.line = this.top
        this.column = 0
        return
      default:
        if (command !== 'A') throw new Error(`unknown sequence ${count}${command}`)
        this.line = Math.max(this.top, this.line - Number(count))
    }
  }

  private get current(): string {
    return this.lines[this.line] as string
  }

  private put(char: string): void {
    if (this.column === this.columns) this.newLine()
    const before = this.current.padEnd(this.column).slice(0, this.column)
    this.lines[this.line] = before + char + this.current.slice(this.column + 1)
    this.column++
  }

  /** Also to the first column: the terminal's driver makes \n a \r\n. */
  private newLine(): void {
    this.line++
    this.column = 0
    if (this.line === this.lines.length) this.lines.push('')
  }
}
