/**
 * `npm run soak -- --minutes 10 --restarts 2 --away 30`: the traffic of soak.ts for longer. Needs root, a Prometheus and a
 * Collector (scripts/setup test). Exit status 1: somebody does not have what the wire had.
 */
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { root } from './build.ts'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    restarts: { type: 'string', default: '2' },
    away: { type: 'string', default: '30' },
  },
})
execFileSync('make', ['-s'], { cwd: root, stdio: 'inherit' })

const say = (line: string) => process.stdout.write(`${line}\n`)
const report = await soak({
  seconds: Number(values.minutes) * 60,
  restarts: Number(values.restarts),
  awaySeconds: Number(values.away),
  tell: say,
})
say(JSON.stringify(report, undefined, 1))

const { wire, metrics, prometheus, collector, outages, resets, falls } = report
const same = [metrics, prometheus, collector].every(
  ({ client, server }) => client === wire.client && server === wire.server,
)
const fine = same && resets === 0 && falls === 0 && outages.length === Number(values.restarts)
say(fine ? 'all have what the wire had' : 'NOT all have what the wire had')
process.exitCode = fine ? 0 : 1
