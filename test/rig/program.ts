import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Program extends AsyncDisposable {
  /**
   * The first line of its output, of the past too, that matches.
   *
   * @throws with the whole output where the program ends without one
   */
  line(pattern: RegExp): Promise<RegExpExecArray>
}

/** Starts a program; dispose asks it to end, and insists after 5 s. */
export function startProgram(path: string, args: readonly string[]): Program {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      wake()
    })
  }
  let ended: string | undefined
  const end = once(child, 'close').then(
    ([code, signal]) => `${path} ended (${signal ?? code})`,
    (error) => `${path} did not start: ${error}`,
  )
  const settled = end.then((how) => {
    ended = how
    wake()
  })

  return {
    async line(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
      const look = () => {
        const found = lines.map((line) => pattern.exec(line)).find((match) => match)
        if (found) resolve(found)
        else if (ended) reject(new Error([`${ended} without a line like ${pattern}:`, ...lines].join('\n')))
      }
      waiting.add(look)
      look()
      return promise.finally(() => waiting.delete(look))
    },

    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const insist = setTimeout(() => child.kill('SIGKILL'), 5000)
      await settled
      clearTimeout(insist)
    },
  }
}
