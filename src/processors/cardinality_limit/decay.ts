/** After so long what was counted weighs half. */
export const HALF_LIFE_MS = 60_000
/** Weights reach 2^500 times their values before they are scaled down: far from the end of a double at 2^1023. */
const MAX_EXPONENT = 500

/**
 * Forward decay: instead of making old weights smaller, new ones count more, so that nothing has to be done to what is
 * not touched. Weights may be compared with each other at any time; they mean nothing by themselves.
 *
 * @see Cormode, Shkapenyuk, Srivastava, Xu: Forward decay, ICDE 2009
 */
export class Decay {
  private originMs = Number.NaN
  private latestMs = Number.NEGATIVE_INFINITY

  /**
   * What a value counted at `atMs` is to be multiplied by. A time before the latest one counts as the latest.
   *
   * @param rescale multiplies every weight that there is
   */
  scale(atMs: number, rescale: (factor: number) => void): number {
    if (Number.isNaN(this.originMs)) this.originMs = atMs
    this.latestMs = Math.max(this.latestMs, atMs)
    const exponent = (this.latestMs - this.originMs) / HALF_LIFE_MS
    if (exponent <= MAX_EXPONENT) return 2 ** exponent
    rescale(2 ** -exponent)
    this.originMs = this.latestMs
    return 1
  }
}
