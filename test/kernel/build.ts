import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Folder of the checkout, with a slash at the end. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** vitest's global set-up: builds what the kernel tests load. Nothing happens when it is up to date. */
export function setup(): void {
  execFileSync('make', ['-s', 'test-programs'], { cwd: root, stdio: 'inherit' })
}
