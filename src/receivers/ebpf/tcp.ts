import type { Passing } from '../../native/passing.ts'
import { type TcpInterval, TcpSockets } from '../../native/tcp.ts'
import type { Logger } from '../../pipeline/log.ts'
import type { Capability } from './capability-batch.ts'
import { capabilitiesOf, disabled, unavailable } from './program-capability.ts'
import { tcpFeatures } from './tcp-features.ts'

/** What is not told without a program. */
const cost: Readonly<Record<(typeof tcpFeatures)[number], string>> = {
  'tcp.set_state': 'attempts to connect, handshakes',
  'tcp.destroy_sock': 'resets that a program sends as it closes',
  'tcp.retransmit': 'why segments are sent again',
  'tcp.retransmit_synack':
    'handshakes of servers that took several answers, and what was sent again of those that came to nothing',
  'tcp.send_reset': 'resets sent',
  'tcp.receive_reset': 'resets received',
  'tcp.live': 'round-trip times and losses of connections before they end',
  'tcp.open': 'connections from before the start, until something arrives',
  'tcp.probe': 'connections from before the start that no visible process has; zero windows',
}

export interface TcpConfig {
  readonly enabled: boolean
  readonly passing: boolean
  readonly max_connections: number
}

/** TCP's connections of the node. What the kernel refuses is named in the log once, and costs nothing else. */
export class Tcp implements Disposable {
  readonly capabilities: readonly Capability[]
  private readonly sockets: TcpSockets | undefined

  /**
   * @param bySocket a row never stands for several sockets
   * @param open another than the kernel in tests only
   */
  constructor(
    config: TcpConfig,
    log: Logger,
    bySocket = false,
    open: (maxConnections: number) => TcpSockets = (max) => new TcpSockets(max, undefined, bySocket),
  ) {
    if (!config.enabled) {
      this.capabilities = disabled(tcpFeatures)
      return
    }
    try {
      this.sockets = open(config.max_connections)
    } catch (error) {
      const { code = '', message } = error as Error & { code?: string }
      log.error('TCP connections cannot be looked at', { reason: message })
      this.capabilities = tcpFeatures.map((feature) => unavailable(feature, code))
      return
    }
    this.capabilities = capabilitiesOf(this.sockets.features, cost, log)
  }

  /**
   * What was not told yet: nothing where the kernel lets nothing be told.
   *
   * @param passing is told what sockets tell
   * @throws with `code`
   */
  async drain(passing?: Passing): Promise<TcpInterval | undefined> {
    const interval = await this.sockets?.drain()
    if (interval) passing?.claim(interval)
    return interval
  }

  [Symbol.dispose](): void {
    this.sockets?.[Symbol.dispose]()
  }
}
