/**
 * Runs in a guest: looks at everything, a line each, and leaves /out/report.json. Status 0: all is well. Argument `short`:
 * only the best way to attach, one life of the agent, GRE and TCP's cases; `links [KIND...]`: only what goes over other links;
 * `tcp [FILE...]`: only tests of TCP.
 */
import { writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { path } from '../../kernel/network.ts'
import type { Report } from '../report.ts'
import { links } from './links.ts'
import { modesFor, tryMode } from './modes.ts'
import { Outcomes } from './outcomes.ts'
import { packets } from './packets.ts'
import { trySockets } from './sockets.ts'
import { starts } from './starts.ts'
import { runTests, tcpTests } from './tests.ts'

// It changes settings of the machine that it runs on.
if (!import.meta.filename.startsWith('/payload/'))
  throw new Error('this is for a guest, which npm run test:kernels starts')

const [only, ...names] = process.argv.slice(2)
/** The one of which old kernels say least. */
const shortKinds = ['gre']

const outcomes = new Outcomes()
await using net = await path()

if (!only || only === 'short') {
  const attached = await outcomes.look('starts', 'starts with its defaults and says how it attached', () =>
    starts(net),
  )
  if (attached) {
    outcomes.attached = attached
    process.stdout.write(`      ${attached.how}${attached.reason ? `: ${attached.reason}` : ''}\n`)
    for (const mode of modesFor(attached).slice(0, only === 'short' ? 1 : undefined))
      await tryMode(net, mode, outcomes, only === 'short')
    if (only !== 'short') await trySockets(net, outcomes)
  }
  await outcomes.look('packets', 'finds in every packet of the table what the table says', packets)
}
if (only !== 'tcp') await links(net, outcomes, only === 'short' ? shortKinds : names)
if (only !== 'links')
  await runTests(
    outcomes,
    tcpTests.filter(({ file, isShort }) =>
      only === 'short' ? isShort : names.length === 0 || names.includes(file),
    ),
  )

const { all, attached } = outcomes
const report: Report = { release: release(), ...(attached && { attached }), outcomes: all }
writeFileSync('/out/report.json', JSON.stringify(report, null, 2))
process.exitCode = all.every(({ error }) => error === undefined) ? 0 : 1
