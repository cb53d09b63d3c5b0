import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs a command and returns what it printed. @throws with what it said on standard error */
export async function sh(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(command, args, { maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** As `sh`, from one line that has no quotes or spaces inside words. */
export const line = (text: string): Promise<string> => {
  const [command = '', ...args] = text.split(' ')
  return sh(command, ...args)
}

export interface Running extends AsyncDisposable {
  readonly pid: number
  /** All that it printed so far. */
  output(): string
  /** Resolves when a line of its output fits. @throws if it ends before */
  until(pattern: RegExp): Promise<string>
  /** Sends an empty line and resolves with the next line that it prints. Needs `interactive`. */
  ask(): Promise<string>
  signal(name: NodeJS.Signals): void
  /** Its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Starts a command; disposing it kills it. Its input ends at once, unless it is interactive. */
export function start(
  command: string,
  args: readonly string[],
  { interactive = false }: { interactive?: boolean } = {},
): Running {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  if (!interactive) child.stdin.end()
  let output = ''
  const waiting = new Set<() => void>()
  const heard = (chunk: Buffer) => {
    output += chunk
    for (const check of waiting) check()
  }
  child.stdout.on('data', heard)
  child.stderr.on('data', heard)
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve(code ?? (signal as NodeJS.Signals))
      for (const check of waiting) check()
    })
  })
  ended.catch(() => {})

  /** @param find what is looked for in the output so far, which ends with a whole line or not */
  const wait = <T>(find: () => T | undefined, what: string) =>
    new Promise<T>((resolve, reject) => {
      const check = () => {
        const found = find()
        if (found === undefined && child.exitCode === null && child.signalCode === null) return
        waiting.delete(check)
        if (found !== undefined) resolve(found)
        else reject(new Error(`${command} ended before it printed ${what}:\n${output}`))
      }
      waiting.add(check)
      check()
    })

  return {
    pid: child.pid as number,
    output: () => output,
    ended,
    signal: (name) => void child.kill(name),
    until: (pattern) => wait(() => output.split('\n').find((each) => pattern.test(each)), String(pattern)),
    ask() {
      const from = output.length
      child.stdin.write('\n')
      return wait(() => (output.endsWith('\n') ? output.slice(from, -1) : '') || undefined, 'an answer')
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended.catch(() => {})
    },
  }
}
