import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Program extends AsyncDisposable {
  readonly pid: number
  /** Its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** All that it has printed. */
  output(): string
  /**
   * The first line of its output, of the past too, that matches.
   *
   * @throws with the whole output where the program ends without one
   */
  line(pattern: RegExp): Promise<RegExpExecArray>
  /** Sends a line, empty if need be, and resolves with the next line that it prints. Needs `interactive`. */
  ask(line?: string): Promise<string>
  signal(name: NodeJS.Signals): void
}

/**
 * Starts a program; dispose asks it to end, and insists after 5 s. A command ahead of the path, as `nsenter`, is to become
 * the program.
 */
export function startProgram(
  path: string,
  args: readonly string[],
  { interactive = false }: { interactive?: boolean } = {},
): Program {
  const child = spawn(path, args, { stdio: [interactive ? 'pipe' : 'ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
      lines.push(line)
      wake()
    })
  }
  let over: string | undefined
  const ended = once(child, 'close').then(([code, signal]) => {
    over = `${path} ended (${signal ?? code})`
    return (code ?? signal) as number | NodeJS.Signals
  })
  const settled = ended.catch((error) => {
    over = `${path} did not start: ${error}`
  })
  settled.then(wake)

  /** @param find answers from the lines so far */
  function wait<T>(find: () => T | undefined, what: string): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const look = () => {
      const found = find()
      if (found !== undefined) resolve(found)
      else if (over) reject(new Error([`${over} without ${what}:`, ...lines].join('\n')))
    }
    waiting.add(look)
    look()
    return promise.finally(() => waiting.delete(look))
  }

  return {
    pid: child.pid ?? 0,
    ended,
    output: () => lines.join('\n'),
    line: (pattern) =>
      wait(
        () => lines.map((line) => pattern.exec(line)).find((match) => match) ?? undefined,
        `a line like ${pattern}`,
      ),
    ask(line = '') {
      const answered = lines.length
      child.stdin?.write(`${line}\n`)
      return wait(() => lines[answered], 'an answer')
    },
    signal: (name) => void child.kill(name),

    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const insist = setTimeout(() => child.kill('SIGKILL'), 5000)
      await settled
      clearTimeout(insist)
    },
  }
}
