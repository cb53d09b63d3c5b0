import { expect, test } from 'vitest'
import { lint } from '../rig/promtool.ts'
import { promtool } from '../rig/tool.ts'
import { startChain } from './chain.ts'
import { shop } from './shop.ts'

const { missing } = promtool()

/** Chosen so that one metric has addresses and a limit that is too small for them. */
const limit = {
  metrics: {
    'netsonde.flow.packets': { attributes: ['source.address', 'source.port', 'network.transport'], limit: 3 },
    'netsonde.flow.count': { attributes: ['network.interface.name'] },
  },
}

test('the shop as Prometheus text', async () => {
  await using chain = await startChain({ limit })
  for (const batch of shop()) await chain.consume(batch)

  await expect(await chain.scrape()).toMatchFileSnapshot('testdata/shop.prom')
})

test('promtool has nothing to object', async ({ skip }) => {
  skip(missing !== false, String(missing))
  await using chain = await startChain({ limit })
  expect(lint(await chain.scrape())).toEqual([]) // before the first batch

  for (const batch of shop()) await chain.consume(batch)
  expect(lint(await chain.scrape())).toEqual([])
})

test('and what it would object to is seen', ({ skip }) => {
  skip(missing !== false, String(missing))
  expect(lint('# TYPE a_total gauge\na_total 1\n')).not.toEqual([])
  expect(lint('a{b="c" 1\n')).not.toEqual([])
})
