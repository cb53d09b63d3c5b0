import type { Datapath } from '../../native/datapath.ts'
import type { Logger } from '../../pipeline/log.ts'
import { codeOf, messageOf } from './attach.ts'
import type { Capability } from './capability-batch.ts'
import { unavailable } from './program-capability.ts'

const feature = 'listeners'
/** What costs nothing but this. */
const without = 'client and server of connections from before the start'

/** Sockets that listen. What the kernel refuses is named in the log once. */
export class Listeners {
  private state: Capability = { feature, state: 'unknown' }
  private readonly log: Logger

  constructor(log: Logger) {
    this.log = log
  }

  get capability(): Capability {
    return this.state
  }

  watch(programs: Pick<Datapath, 'watchListeners'>): void {
    try {
      programs.watchListeners()
      this.state = { feature, state: 'available' }
    } catch (error) {
      this.state = unavailable(feature, codeOf(error) ?? '')
      this.log.warn('listening sockets are not known', { feature, reason: messageOf(error), without })
    }
  }

  lose(reason: string): void {
    this.state = { feature, state: 'unavailable', reason: 'error' }
    this.log.error('listening sockets are not known any more', { feature, reason, without })
  }
}
