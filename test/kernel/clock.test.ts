import { expect } from 'vitest'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { sh } from './shell.ts'

// Who adds up what belongs to one interval knows it by its end.
kernelTest('intervals end one after another, also when the clock does not go on', async () => {
  const preload = `LD_PRELOAD=${root}build/test/stopped_clock.so`
  const printed = await sh('env', preload, process.execPath, `${root}test/kernel/intervals.ts`)

  const ends = [1, 2, 3].map((ms) => 1_700_000_000_000 + ms)
  expect(JSON.parse(printed)).toEqual([ends, ends])
})
