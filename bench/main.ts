/** `npm run bench`: a table; with `-- --json` one JSON object on the last line. Needs root. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { churnFigures } from './churn.ts'
import { connectionFigures } from './connections.ts'
import { establishedFigures } from './established.ts'
import { jsonOf, lineOf } from './figures.ts'
import { memoryFigures } from './memory.ts'
import { otlpFigures } from './otlp.ts'
import { packets } from './packets.ts'
import { prometheusFigures } from './prometheus.ts'
import { readFigures } from './read.ts'
import { residentFigures } from './resident.ts'
import { tcpFigures } from './tcp.ts'
import { userFigures } from './user.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
execFileSync('make', ['-s', 'bench', 'test-programs'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
})

using stack = new DisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'netsonde-bench-'))
stack.defer(() => rmSync(folder, { recursive: true }))
for (const [name, bytes] of Object.entries(packets)) writeFileSync(join(folder, name), bytes)

const figures = {
  ...(await establishedFigures(folder)),
  ...(await connectionFigures(folder)),
  ...(await memoryFigures(folder)),
  ...(await readFigures()),
  ...(await userFigures()),
  ...(await churnFigures()),
  ...(await prometheusFigures()),
  ...(await residentFigures()),
  ...(await otlpFigures()),
  ...(await tcpFigures()),
}

process.stdout.write(`kernel ${release()}, node ${process.version}, ${cpus()[0]?.model} x ${cpus().length}\n`)
for (const [name, figure] of Object.entries(figures)) process.stdout.write(lineOf(name, figure))
if (values.json) process.stdout.write(`${jsonOf(figures)}\n`)
