import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until there is an answer; the test's own time limit ends it. For what gives no event. */
export async function until<T>(ask: () => Promise<T | undefined>, everyMs = 50): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(everyMs)
  }
}
