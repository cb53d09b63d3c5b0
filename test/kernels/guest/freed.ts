import { strict as assert } from 'node:assert'
import { stillThere } from '../../kernel/held.ts'

/** The kernel frees programs and maps when their last reader is through. */
const FREED_WITHIN_MS = 30_000

/** Resolves when the kernel has none of them any more. */
export async function freed(held: readonly string[]): Promise<void> {
  for (const deadline = performance.now() + FREED_WITHIN_MS; ; ) {
    const left = await stillThere(held)
    if (left === '') return
    assert(performance.now() < deadline, `still there:\n${left}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
