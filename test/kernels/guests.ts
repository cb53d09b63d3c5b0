import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makePayload, NODE } from './payload.ts'
import type { Report } from './report.ts'

/** Software emulation: what takes five minutes where nothing else runs takes half an hour where much does. */
const LIMIT_S = '2400'

/** Programs of this machine that the tests use in the guest. */
const PROGRAMS = ['ethtool', 'iperf3', 'curl', 'wg', 'nft', 'nstat', 'bridge']

/** Virtual machines, one after another, with what is built now. */
export class Guests {
  private readonly matrix: string
  private readonly folder: string

  /** @param root of the checkout; what the guests get and leave is in its build/kernels */
  constructor(root: string) {
    this.matrix = join(root, 'test/rig/kernel-matrix')
    this.folder = join(root, 'build/kernels')
    rmSync(this.folder, { recursive: true, force: true })
    makePayload(root, join(this.folder, 'payload'))
  }

  /** Brings the kernels that are not there yet. */
  fetch(kernels: readonly string[]): void {
    execFileSync(join(this.matrix, 'get-kernels'), kernels, { stdio: 'inherit' })
  }

  /**
   * Shows what is printed in the guest while it runs. `report` is missing where the guest did not come to its end.
   *
   * @param words for test/kernels/guest/main.ts
   */
  run(kernel: string, ...words: string[]): { status: number | null; report: Report | undefined } {
    const out = join(this.folder, kernel)
    const options = ['-t', LIMIT_S, '-o', out, ...PROGRAMS.flatMap((name) => ['-w', name])]
    const command = [NODE, 'test/kernels/guest/main.ts', ...words]
    const { status } = spawnSync(
      join(this.matrix, 'run-in-kernel'),
      [...options, kernel, join(this.folder, 'payload'), ...command],
      { stdio: 'inherit' },
    )
    const file = join(out, 'report.json')
    return { status, report: existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined }
  }
}
