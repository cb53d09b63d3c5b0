import { strict as assert } from 'node:assert'
import { configuration, runAgent } from '../../kernel/agent.ts'
import { heldBy } from '../../kernel/held.ts'
import { type Counters, type Path, received } from '../../kernel/network.ts'
import { counted, less, quiet } from '../../kernel/traffic.ts'
import { sum } from '../../rig/scrape.ts'
import { freed } from './freed.ts'
import type { Outcomes } from './outcomes.ts'
import { traffic } from './traffic.ts'

/** An Ethernet header, which the links count and sockets do not have. */
const FRAME_HEADER = 14

const ipOnly = ({ packets, bytes }: Counters) => ({ packets, bytes: bytes - packets * FRAME_HEADER })

/** As wire.ts, by the programs at sockets. */
export async function trySockets(net: Path, outcomes: Outcomes): Promise<void> {
  await using agent = await outcomes.look('starts', 'by cgroup: starts', () =>
    runAgent(net.router, configuration('attach: cgroup, max_flows: 4096')),
  )
  if (!agent) return
  await outcomes.look(
    'wire',
    "by cgroup at both ends' sockets: the wire's IP packets, each way",
    async () => {
      await quiet(net)
      const [before, skbs] = [await net.wire(), await received(net.toClient)]
      await traffic(net)
      const after = await net.wire()
      const up = ipOnly(less(after.toServer, before.toServer))
      const down = ipOnly(less(after.toClient, before.toClient))
      const joined = less(await received(net.toClient), skbs)
      assert(joined.packets < up.packets / 2, `${joined.packets} skbs for ${up.packets} packets`)
      const samples = await agent.until(
        (each) =>
          counted(each, net.client).packets >= up.packets &&
          counted(each, net.server).packets >= down.packets,
      )
      assert.deepEqual(
        { up: counted(samples, net.client), down: counted(samples, net.server) },
        { up, down },
        'what was counted (actual) is not what the links carried (expected)',
      )
      assert.equal(
        sum(samples, 'netsonde_capture_packets_total'),
        sum(samples, 'netsonde_capture_seen_packets_total'),
      )
    },
  )
  const held = await heldBy(agent.process.pid)
  agent.process.signal('SIGKILL')
  await agent.process.ended
  await outcomes.look('killed', 'by cgroup: kill -9 leaves nothing', () => freed(held))
}
