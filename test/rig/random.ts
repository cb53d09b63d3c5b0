/**
 * Random numbers that are the same in each run.
 *
 * @see Park and Miller, Random number generators: good ones are hard to find, CACM 31 (1988)
 */
export class Random {
  private state: number

  /** @param seed 1 to 2^31 - 2 */
  constructor(seed: number) {
    this.state = seed
    for (let i = 0; i < 10; i++) this.below(2) // near seeds begin alike
  }

  /** A whole number from 0 to limit - 1. */
  below(limit: number): number {
    this.state = (this.state * 48271) % 2147483647
    return Math.floor((this.state / 2147483647) * limit)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }
}
