import type { Path } from '../../kernel/network.ts'
import { iperf3, quiet } from '../../kernel/traffic.ts'

/** TCP and UDP, both families, both ways; resolves when all of it has arrived. */
export async function traffic(net: Path): Promise<void> {
  for (const address of [net.server.ipv4, net.server.ipv6])
    for (const way of [[], ['-R']]) {
      await iperf3(net, address, '-n', '10M', ...way)
      await iperf3(net, address, '-u', '-b', '20M', '-n', '1M', ...way)
    }
  await quiet(net)
}
