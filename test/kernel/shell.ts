import { execFile } from 'node:child_process'
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
