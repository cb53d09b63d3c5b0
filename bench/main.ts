/** `npm run bench`: a table; with `-- --json` one JSON object on the last line. Needs root. */
import { execFileSync } from 'node:child_process'
import { release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { kernelFigures } from './kernel.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
execFileSync('make', ['-s', 'bench'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
})

const figures = { ...(await kernelFigures()) }

process.stdout.write(`kernel ${release()}, node ${process.version}\n`)
for (const [name, { value, unit, about, reach }] of Object.entries(figures)) {
  const reached = reach === undefined ? '' : `   reach ${reach}${value <= reach ? '' : '  MISSED'}`
  process.stdout.write(
    `${name.padEnd(22)} ${value.toFixed(2).padStart(8)} ${unit.padEnd(3)} ${about}${reached}\n`,
  )
}
if (values.json) {
  const numbers = Object.fromEntries(
    Object.entries(figures).map(([name, { value }]) => [name, Number(value.toFixed(3))]),
  )
  process.stdout.write(`${JSON.stringify(numbers)}\n`)
}
