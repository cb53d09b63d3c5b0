import type { Attached, Outcome, Topic } from '../report.ts'

/** What was looked at so far. */
export class Outcomes {
  readonly all: Outcome[] = []
  attached: Attached | undefined

  add(outcome: Outcome): void {
    this.all.push(outcome)
  }

  /** Prints a line with the time that it took. Returns what `at` found, and undefined if it failed. */
  async look<T>(topic: Topic, title: string, at: () => Promise<T>): Promise<T | undefined> {
    const begin = performance.now()
    const say = (result: string, more = '') => {
      const seconds = ((performance.now() - begin) / 1000).toFixed(1)
      process.stdout.write(`${result}  ${title} (${seconds} s)${more}\n`)
    }
    try {
      const found = await at()
      this.add({ topic, title })
      say('ok  ')
      return found
    } catch (error) {
      this.add({ topic, title, error: String(error) })
      say('FAIL', `\n${(error as Error).stack}`)
      return undefined
    }
  }
}
