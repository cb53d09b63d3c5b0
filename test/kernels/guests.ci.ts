import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Guests } from './guests.ts'
import { kernels } from './kernels.ts'

const guests = new Guests(fileURLToPath(new URL('../../', import.meta.url)))

for (const kernel of [kernels[0], kernels.at(-1)] as const)
  test(`on kernel ${kernel} the agent starts, counts the wire, reads every packet of the table and tells each of TCP's cases`, () => {
    const { status, report } = guests.run(kernel as string, 'short')
    expect(report?.outcomes.filter(({ error }) => error !== undefined)).toEqual([])
    expect(report?.outcomes.map(({ topic }) => topic)).toEqual(
      expect.arrayContaining(['starts', 'packets', 'wire', 'left', 'links', 'tcp_cases']),
    )
    expect(status).toBe(0)
  })
