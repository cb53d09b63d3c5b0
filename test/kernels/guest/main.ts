/** Runs in a guest: looks at everything, a line each, and leaves /out/report.json. Status 0: all is well. */
import { writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { path } from '../../kernel/network.ts'
import type { Report } from '../report.ts'
import { modesFor, tryMode } from './modes.ts'
import { Outcomes } from './outcomes.ts'
import { starts } from './starts.ts'

// It changes settings of the machine that it runs on.
if (!import.meta.filename.startsWith('/payload/'))
  throw new Error('this is for a guest, which npm run test:kernels starts')

const outcomes = new Outcomes()
await using net = await path()

const attached = await outcomes.look('starts', 'starts with its defaults and says how it attached', () =>
  starts(net),
)
if (attached) {
  process.stdout.write(`      ${attached.how}${attached.reason ? `: ${attached.reason}` : ''}\n`)
  for (const mode of modesFor(attached)) await tryMode(net, mode, outcomes)
}

const report: Report = { release: release(), ...(attached && { attached }), outcomes: outcomes.all }
writeFileSync('/out/report.json', JSON.stringify(report, null, 2))
process.exitCode = outcomes.all.every(({ error }) => error === undefined) ? 0 : 1
