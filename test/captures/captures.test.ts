import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { answerOf, captures, linesOf, pathOf } from './captures.ts'
import { askReceiver } from './netsonde.ts'
import { askTshark } from './tshark.ts'

test.each(captures)(
  "$name (inside: $inside): packets and bytes each way are tshark's",
  async ({ name, inside }) => {
    expect(linesOf(await askReceiver(pathOf(name), inside))).toEqual(answerOf(name, inside))
  },
)

/** The answers are kept because Wireshark is large. Where it is there, some are asked again. */
const asked = captures.filter(({ name }) => /communityid|many_interfaces|vxlan/.test(name))
if (spawnSync('tshark', ['--version']).status === 0)
  test.each(asked)(
    '$name (inside: $inside): the kept answer is that of the tshark here',
    { timeout: 30_000 },
    async ({ name, inside }) => {
      expect(linesOf(await askTshark(pathOf(name), inside))).toEqual(answerOf(name, inside))
    },
  )
