import { NetsondeError } from '../errors.ts'
import type { Place } from './place.ts'

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** As `receivers`, `ebpf`, `interfaces`; empty where the whole is meant. */
  readonly path: readonly string[]
  /** Follows the path: `is not a key here`, `5 has no unit`. */
  readonly message: string
  /** What to write instead, and what is accepted. */
  readonly hint?: string
  readonly at?: Place | undefined
}

/** Everything that is wrong, found in one go. The message is made to be read on a terminal. */
export class ConfigError extends NetsondeError {
  readonly problems: readonly Problem[]

  /** @param secrets places whose text is never shown */
  constructor(problems: readonly Problem[], secrets: readonly Place[] = []) {
    const sorted = problems.toSorted(byPlace)
    super('CONFIG_INVALID', sorted.map((problem) => formatProblem(problem, secrets)).join('\n'))
    this.problems = sorted
  }
}

/** `a::b::c`. What is not a plain name is quoted, so that it cannot be taken for something else. */
export function formatPath(path: readonly string[]): string {
  return path.map((key) => (/^[\w./-]+$/.test(key) ? key : JSON.stringify(key.slice(0, 80)))).join('::')
}

/** Whether `path` is `above` or something in it. */
export function isWithin(path: readonly string[], above: readonly string[]): boolean {
  return above.every((key, i) => path[i] === key)
}

function formatProblem({ path, message, hint, at }: Problem, secrets: readonly Place[]): string {
  const where = at && `${at.source.name}:${at.source.at(at.from).line}:${at.source.at(at.from).col}`
  const first = [where, formatPath(path), withoutCredentials(message)].filter(Boolean).join('  ')
  if (at) return printable([first, ...excerpt(at, hint ?? '', secrets)].join('\n'))
  return printable(hint ? `${first}\n    ${hint}` : first)
}

const WIDTH = 100

/** The line, without its indentation, and carets below the place. */
function excerpt(at: Place, hint: string, secrets: readonly Place[]): string[] {
  const { text, start } = at.source.lineOf(at.from)
  const column = at.from - start
  const indent = Math.min(/^\s*/.exec(text)?.[0].length ?? 0, column)
  // A long line is cut so that the place stays in view.
  const left = Math.max(indent, column - WIDTH / 2)
  const shown = masked(at, text, start, secrets).slice(left, left + WIDTH)
  const length = Math.max(1, Math.min(at.to - at.from, text.trimEnd().length - column, WIDTH / 2))
  const carets = `${' '.repeat(column - left)}${'^'.repeat(length)} ${hint}`.trimEnd()
  return [`    ${shown.trimEnd()}`, `    ${carets}`]
}

function masked(at: Place, line: string, start: number, secrets: readonly Place[]): string {
  const chars = [...Array(line.length).keys()].map((i) => {
    const secret = secrets.some(
      (s) => s.source === at.source && s.from <= start + i && start + i < s.to && line[i] !== ' ',
    )
    return secret ? '*' : line[i]
  })
  return withoutCredentials(chars.join(''))
}

/** User name and password of URLs, as long as they are so that carets stay below their place. */
function withoutCredentials(text: string): string {
  return text.replace(/(?<=:\/\/)[^\s"']+(?=@)/g, (hidden) => '*'.repeat(hidden.length))
}

/** Control and direction characters of a hostile file stay off the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (char) => (char === '\n' ? char : ' '))
}

function byPlace(a: Problem, b: Problem): number {
  if (!a.at || !b.at) return Number(!a.at) - Number(!b.at)
  if (a.at.source !== b.at.source) return a.at.source.name < b.at.source.name ? -1 : 1
  return a.at.from - b.at.from
}
