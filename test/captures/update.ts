/** Writes what tshark says of each capture: node test/captures/update.ts. The tests hold Netsonde to it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { answerPath, captures, linesOf, pathOf } from './captures.ts'
import { askTshark } from './tshark.ts'

mkdirSync(`${import.meta.dirname}/answers`, { recursive: true })
for (const { name, inside } of captures)
  writeFileSync(answerPath(name, inside), `${linesOf(await askTshark(pathOf(name), inside)).join('\n')}\n`)
