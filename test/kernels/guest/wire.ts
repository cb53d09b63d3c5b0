import { strict as assert } from 'node:assert'
import type { Agent } from '../../kernel/agent.ts'
import { type Path, received } from '../../kernel/network.ts'
import { counted, less, quiet } from '../../kernel/traffic.ts'
import { type Sample, sum } from '../../rig/scrape.ts'
import { traffic } from './traffic.ts'

/**
 * Super-packets pass the router; what is counted of them is held against the links behind it, where they are split.
 *
 * @param hooks how often each packet comes by a hook
 */
export async function wire(net: Path, agent: Agent, hooks: number): Promise<void> {
  await quiet(net)
  const [before, scraped, skbs] = [await net.wire(), await agent.scrape(), await received(net.toClient)]
  assert.equal(
    sum(scraped.samples, 'netsonde_capture_seen_packets_total'),
    0,
    'there was traffic before the test',
  )
  await traffic(net)
  const after = await net.wire()
  const truth = { up: less(after.toServer, before.toServer), down: less(after.toClient, before.toClient) }
  const packets = truth.up.packets + truth.down.packets
  // The link's own counter says that super-packets came: else this would show nothing.
  const joined = less(await received(net.toClient), skbs)
  assert(joined.packets < truth.up.packets / 2, `${joined.packets} skbs for ${truth.up.packets} packets`)

  const samples = await agent.until((each) => {
    assertIdentity(each)
    return sum(each, 'netsonde_capture_seen_packets_total') >= hooks * packets
  })
  assert.deepEqual(
    { up: counted(samples, net.client), down: counted(samples, net.server) },
    truth,
    'what was counted (actual) is not what the links carried (expected)',
  )
  assert.equal(sum(samples, 'netsonde_capture_packets_total', { outcome: 'accounted' }), packets)
  assert.equal(sum(samples, 'netsonde_capture_packets_total', { outcome: 'repeated' }), (hooks - 1) * packets)
  assert.equal(sum(samples, 'netsonde_capture_coverage_ratio'), 1)
}

/** A scrape holds whole generations, so this is true in each. */
function assertIdentity(samples: Sample[]): void {
  for (const unit of ['packets', 'io_bytes'])
    assert.equal(
      sum(samples, `netsonde_capture_${unit}_total`),
      sum(samples, `netsonde_capture_seen_${unit}_total`),
      `capture ${unit}: the outcomes' sum (actual) is not what was seen (expected)`,
    )
}
