import { NetsondeError } from '../../errors.ts'
import { Datapath, readInterfaces, removeStaleFilters, slots } from '../../native.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import type { Consumer, Receiver, Settings } from '../../pipeline/component.ts'
import { captureBatch } from './capture-batch.ts'
import type { EbpfConfig } from './config.ts'
import { flowBatch } from './flow-batch.ts'
import { requirePrivileges } from './privileges.ts'
import { Watch } from './watch.ts'

/** More addresses than this, and the next batch begins a new dictionary: ids hold within a batch only. */
const MAX_ADDRESSES = 262_144

/**
 * Counts the packets of this network namespace's interfaces in the kernel, and hands on each interval's differences.
 *
 * @param config resolved: every field is set; intervals in milliseconds
 * @param next gets two batches an interval: the flows, then what became of every packet seen (also if there was none)
 * @throws {NetsondeError} from start(): NO_PRIVILEGES, LOAD_FAILED, INTERFACE_MISSING, ATTACH_FAILED
 */
export function createEbpf(config: EbpfConfig, settings: Settings, next: Consumer): Receiver {
  let datapath: Datapath | undefined
  let watch: Watch | undefined
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()
  let addresses = new Addresses()

  async function emit(from: Datapath, names: Watch['names']): Promise<void> {
    const generation = await from.drain()
    if (generation.problem)
      settings.log.error('a part of the counts stays in the kernel until the next interval', {
        reason: generation.problem,
      })
    if (addresses.size > MAX_ADDRESSES) addresses = new Addresses()
    const { batch, accounted, repeated } = flowBatch(generation, slots(), addresses, names)
    if (batch.length > 0) await next.consume(batch)
    await next.consume(captureBatch(generation, accounted, repeated))
  }

  /** Intervals keep their beat: one that took long shortens the wait for the next, and none is made up for. */
  function schedule(due: number): void {
    timer = setTimeout(
      () => {
        working = interval().finally(() => {
          if (datapath) schedule(Math.max(due + config.collection_interval, performance.now()))
        })
      },
      Math.max(0, due - performance.now()),
    )
  }

  async function interval(): Promise<void> {
    if (!datapath || !watch) return
    try {
      watch.follow()
      await emit(datapath, watch.names)
    } catch (error) {
      settings.report(error)
    }
  }

  return {
    async start() {
      requirePrivileges()
      datapath = load(config.max_flows)
      watch = new Watch(datapath, config.interfaces, config.attach, settings.log, {
        readInterfaces,
        removeStaleFilters,
      })
      try {
        watch.begin()
      } catch (error) {
        datapath[Symbol.dispose]()
        datapath = undefined
        throw error
      }
      schedule(performance.now() + config.collection_interval)
    },

    async [Symbol.asyncDispose]() {
      const ending = datapath
      datapath = undefined
      clearTimeout(timer)
      await working
      if (!ending) return
      try {
        watch?.end()
        if (watch) await emit(ending, watch.names)
      } finally {
        ending[Symbol.dispose]()
      }
    },
  }
}

function load(maxFlows: number): Datapath {
  try {
    return new Datapath(maxFlows)
  } catch (cause) {
    if (cause instanceof NetsondeError) throw cause
    throw new NetsondeError('LOAD_FAILED', (cause as Error).message, { cause })
  }
}
