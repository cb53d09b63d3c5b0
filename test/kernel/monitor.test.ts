import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { kernelTest } from './kernel-test.ts'
import { Namespace } from './network.ts'

const probe = fileURLToPath(new URL('monitor-probe.ts', import.meta.url))

async function run(part: string): Promise<unknown> {
  await using node = await Namespace.create('monitor')
  const printed = await node.run(process.execPath, probe, part)
  return printed && JSON.parse(printed)
}

kernelTest('a process that has a monitor open ends by itself', async () => {
  expect(await run('open')).toBe('')
})

kernelTest('200 interfaces that come and go while JavaScript is busy are a call or two', async () => {
  expect(await run('burst')).toBeLessThanOrEqual(2) // two where the last event was still on its way
})

kernelTest('a monitor that was disposed calls nobody, whatever was waiting', async () => {
  expect(await run('disposed')).toBe(0)
})

kernelTest('workers that end with monitors open leave no thread', async () => {
  expect(await run('workers')).toBe(0)
})
