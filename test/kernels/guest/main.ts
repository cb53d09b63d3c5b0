/**
 * Runs in a guest: looks at everything, a line each, and leaves /out/report.json. Status 0: all is well. Arguments: `short`,
 * or parts, of which further arguments choose: `links KIND...`, `tcp FILE...`.
 */
import { writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { path } from '../../kernel/network.ts'
import { isPart, type Part, SHORT } from '../parts.ts'
import type { Report } from '../report.ts'
import { tryAgent } from './agent.ts'
import { links } from './links.ts'
import { testsOfTheHost } from './of-the-host.ts'
import { Outcomes } from './outcomes.ts'
import { runTests } from './tests.ts'

// It changes settings of the machine that it runs on.
if (!import.meta.filename.startsWith('/payload/'))
  throw new Error('this is for a guest, which npm run test:kernels starts')

/** The kind of link of which old kernels say least. */
const shortKinds = ['gre']

const words = process.argv.slice(2)
const chosen = words.filter(isPart)
const names = words.filter((word) => !isPart(word))
const short = chosen.includes(SHORT)
const has = (part: Part) => chosen.length === 0 || chosen.includes(part)

const outcomes = new Outcomes()
{
  await using net = await path()
  if (has('agent') || short) await tryAgent(net, outcomes, short)
  if (has('links') || short) await links(net, outcomes, short ? shortKinds : names)
}
for (const part of ['short', 'tcp'] as const)
  if (part === 'short' ? short : has(part))
    await runTests(
      outcomes,
      testsOfTheHost[part].filter(({ file }) => names.length === 0 || names.includes(file)),
    )

const { all, attached } = outcomes
const report: Report = { release: release(), ...(attached && { attached }), outcomes: all }
writeFileSync('/out/report.json', JSON.stringify(report, null, 2))
process.exitCode = all.every(({ error }) => error === undefined) ? 0 : 1
