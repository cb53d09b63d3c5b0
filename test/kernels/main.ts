/**
 * Runs test/kernels/guest in each kernel of argv (none: all), or a part if argv says so, and writes the rows of docs/kernels.md that it learned; of a short run none.
 * Ends with status 0 if all went well everywhere, 1 if not, 2 if a kernel is not known.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Guests } from './guests.ts'
import { chooseKernels, kernels } from './kernels.ts'
import { isPart, SHORT } from './parts.ts'
import { pageOf, type Row, rowOf, rowsIn } from './table.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = `${root}docs/kernels.md`

function main(args: readonly string[]): number {
  const only = args.filter(isPart)
  const words = args.filter((word) => !isPart(word))
  const { chosen, unknown } = chooseKernels(words)
  if (unknown.length > 0) {
    process.stderr.write(`test:kernels: not among the kernels ${kernels.join(', ')}: ${unknown.join(', ')}\n`)
    return 2
  }
  execFileSync('make', ['-s', 'test-programs'], { cwd: root, stdio: 'inherit' })
  const guests = new Guests(root)
  guests.fetch(chosen)

  const rows = existsSync(page) ? rowsIn(readFileSync(page, 'utf8')) : new Map<string, Row>()
  const failed: string[] = []
  for (const kernel of chosen) {
    process.stdout.write(`== ${kernel}\n`)
    const { status, report } = guests.run(kernel, ...only)
    if (status !== 0) failed.push(kernel)
    if (only.includes(SHORT)) continue
    rows.set(kernel, rowOf(kernel, report, rows.get(kernel)))
    writeFileSync(page, pageOf(rows, kernels))
  }
  process.stdout.write(failed.length === 0 ? 'all passed\n' : `failed: ${failed.join(', ')}\n`)
  return failed.length === 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
