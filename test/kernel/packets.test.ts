import { expect } from 'vitest'
import { parseTableInKernel } from '../packets/in-kernel.ts'
import { rows } from '../packets/packets.ts'
import { kernelTest } from './kernel-test.ts'

const count = (route: string) => rows.filter((row) => row.route === route).length

kernelTest('the kernel finds in every packet of the table, cut anywhere, what the table says', async () => {
  const { frames, rows: parsed, differences } = await parseTableInKernel()
  expect(differences).toEqual([])
  expect(parsed).toEqual({ test_run: count('test_run'), packet: count('tun') })
  expect(frames).toBe(rows.reduce((sum, row) => sum + row.frame.length, 0))
})
