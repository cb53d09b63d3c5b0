import type { Attached, Outcome, Topic } from '../report.ts'

/** What was looked at so far. */
export class Outcomes {
  readonly all: Outcome[] = []
  attached: Attached | undefined

  /** Prints a line with the time that it took. Returns what `at` found, and undefined if it failed. */
  async look<T>(topic: Topic, title: string, at: () => Promise<T>): Promise<T | undefined> {
    const begin = performance.now()
    const say = (result: string, more = '') => {
      const seconds = ((performance.now() - begin) / 1000).toFixed(1)
      process.stdout.write(`${result}  ${title} (${seconds} s)${more}\n`)
    }
    try {
      const found = await at()
      this.all.push({ topic, title })
      say('ok  ')
      return found
    } catch (error) {
      this.all.push({ topic, title, error: String(error) })
      say('FAIL', `\n${(error as Error).stack}`)
      return undefined
    }
  }
}
