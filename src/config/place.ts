import { LineCounter } from 'yaml'

/** A text that configuration was read from, and what to call it in messages. */
export class Source {
  readonly name: string
  readonly text: string
  readonly lines = new LineCounter()

  constructor(name: string, text: string) {
    this.name = name
    this.text = text
  }

  /** Where the parser has counted lines: both from 1, columns in characters. */
  at(offset: number): { readonly line: number; readonly col: number } {
    return this.lines.linePos(offset)
  }

  /** The whole line, without its end, and the offset of its first character. */
  lineOf(offset: number): { readonly text: string; readonly start: number } {
    const start = this.lines.lineStarts[this.at(offset).line - 1] ?? 0
    const end = this.text.indexOf('\n', start)
    return { text: this.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, ''), start }
  }
}

/** Characters `from` up to, not including, `to`. */
export interface Place {
  readonly source: Source
  readonly from: number
  readonly to: number
}
