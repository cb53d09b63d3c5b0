import { link, Namespace } from './network.ts'
import type { Loss, SlowPath } from './slow-path.ts'

/** Sets a packet apart by its size; one that opens a connection never. */
const rules = ({ least, most }: Loss) => `
table inet loss {
  chain out {
    type filter hook output priority 0;
    meta length ${least}-${most} tcp flags & syn == 0 meta mark set 1
  }
}`

/** As the other slow path, by the kernel's own emulator: the answers take 20 ms, and which packets are lost is chance. */
export async function netemPath(loss: Loss): Promise<SlowPath> {
  await using stack = new AsyncDisposableStack()
  const client = stack.use(await Namespace.create('near'))
  const server = stack.use(await Namespace.create('far'))
  const [near, far] = await link([client, 'path0'], [server, 'path0'], 79)
  // Else a super-packet would be lost as one, and has not the size of what is to be lost.
  await client.ip(`link set dev ${near.interface} gso_max_segs 1`)
  const tc = ({ namespace, interface: name }: typeof near, words: string) => {
    const [what = '', how = '', ...rest] = words.split(' ')
    return namespace.run('tc', what, how, 'dev', name, ...rest)
  }
  await tc(far, 'qdisc add root netem delay 20ms')
  if (loss.every > 0) {
    await client.run('nft', rules(loss))
    await tc(near, `qdisc add root handle 1: prio bands 2 priomap${' 0'.repeat(16)}`)
    await tc(near, `qdisc add parent 1:2 netem loss ${100 / loss.every}%`)
    await tc(near, 'filter add parent 1: protocol all prio 1 handle 1 fw classid 1:2')
  }
  const kept = stack.move()
  return {
    client,
    server,
    ipv4: far.ipv4,
    ipv6: far.ipv6,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}
