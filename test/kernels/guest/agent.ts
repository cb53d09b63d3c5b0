import type { Path } from '../../kernel/network.ts'
import { modesFor, tryMode } from './modes.ts'
import type { Outcomes } from './outcomes.ts'
import { packets } from './packets.ts'
import { trySockets } from './sockets.ts'
import { starts } from './starts.ts'

/**
 * How it attaches, what it counts, what it leaves behind; and the table of packets.
 *
 * @param short only the best way to attach, and one life of the agent
 */
export async function tryAgent(net: Path, outcomes: Outcomes, short: boolean): Promise<void> {
  const attached = await outcomes.look('starts', 'starts with its defaults and says how it attached', () =>
    starts(net),
  )
  if (attached) {
    outcomes.attached = attached
    process.stdout.write(`      ${attached.how}${attached.reason ? `: ${attached.reason}` : ''}\n`)
    for (const mode of modesFor(attached).slice(0, short ? 1 : undefined))
      await tryMode(net, mode, outcomes, short)
    if (!short) await trySockets(net, outcomes)
  }
  await outcomes.look('packets', 'finds in every packet of the table what the table says', packets)
}
