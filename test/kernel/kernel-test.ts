import { type TestOptions, test } from 'vitest'

/**
 * A test that needs the kernel: root, network namespaces, BPF. Without them it is skipped, and CI fails on a skip.
 * The title is a fact.
 */
export function kernelTest(title: string, body: () => Promise<void>, options: TestOptions = {}): void {
  const missing = process.getuid?.() === 0 ? undefined : 'needs root'
  if (missing) test.skip(`${title} (${missing})`, body)
  else test(title, options, body)
}
