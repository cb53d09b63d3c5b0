/** Debian's kernels of each release since 11, and the newest that it backports. */
export const kernels: readonly string[] = ['5.10', '6.1', '6.12', '6.18', '7.2']

/** @param words none: all */
export function chooseKernels(words: readonly string[]) {
  return {
    chosen: kernels.filter((kernel) => words.length === 0 || words.includes(kernel)),
    unknown: words.filter((word) => !kernels.includes(word)),
  }
}
