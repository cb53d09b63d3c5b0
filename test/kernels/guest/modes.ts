import { strict as assert } from 'node:assert'
import { configuration, runAgent } from '../../kernel/agent.ts'
import { heldBy, hooksOf } from '../../kernel/held.ts'
import type { Path } from '../../kernel/network.ts'
import type { Attached, Mode } from '../report.ts'
import { freed } from './freed.ts'
import type { Outcomes } from './outcomes.ts'
import { wire } from './wire.ts'

/** Clsact works everywhere; TCX is tried where the agent took it by itself. */
export const modesFor = ({ how }: Attached): readonly Mode[] => (how === 'tcx' ? ['tcx', 'tc'] : ['tc'])

/** What is watched of the router, how often each packet then comes by, and how the agent is ended. */
const lives = [
  { title: 'the interface to the client', include: 'client0', hooks: 1, end: 'SIGKILL' },
  { title: 'the interface to the server', include: 'server0', hooks: 1, end: 'SIGTERM' },
  { title: 'both, where each packet comes by twice', include: '*', hooks: 2, end: 'SIGTERM' },
] as const

/**
 * One agent after another: the second finds what the first, which was killed, has left.
 *
 * @param short only one life: both interfaces, ended in order
 */
export async function tryMode(net: Path, mode: Mode, outcomes: Outcomes, short: boolean): Promise<void> {
  const clean = await hooksOf(net)
  let stale = false
  for (const { title, include, hooks, end } of short ? lives.slice(-1) : lives) {
    const on = `by ${mode} on ${title}:`
    await using agent = await outcomes.look('starts', `${on} starts`, () =>
      runAgent(
        net.router,
        configuration(`attach: ${mode}, max_flows: 4096, interfaces: {include: ["${include}"]}`),
      ),
    )
    if (!agent) continue
    if (stale) {
      stale = false
      await outcomes.look('killed', `${on} removes what the killed one has left`, async () =>
        assert.match(agent.process.output(), /removed the filters that a killed netsonde had left/),
      )
    }
    await outcomes.look('wire', `${on} bytes and packets are the wire's, each way`, () =>
      wire(net, agent, hooks),
    )

    const held = await heldBy(agent.process.pid)
    agent.process.signal(end)
    const status = await agent.process.ended
    if (end === 'SIGTERM')
      await outcomes.look('left', `${on} SIGTERM leaves nothing`, async () => {
        assert.equal(status, 0)
        assert.equal(await hooksOf(net), clean)
        await freed(held)
      })
    else
      await outcomes.look('killed', `${on} kill -9 stops no packet`, async () => {
        await net.client.namespace.run('ping', '-c', '1', '-W', '5', net.server.ipv4)
        stale = mode === 'tc'
        if (stale) return assert.match(await hooksOf(net), /flow_ingress/)
        assert.equal(await hooksOf(net), clean)
        await freed(held)
      })
  }
}
