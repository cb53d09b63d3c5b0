import { NetsondeError } from '../../errors.ts'
import { Datapath, type DatapathOptions, slots } from '../../native/datapath.ts'
import { releaseFilePages } from '../../native/file-pages.ts'
import { freeColumns } from '../../native/generation.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import type { Consumer, Receiver, Settings } from '../../pipeline/component.ts'
import { captureBatch } from '../flows/capture-batch.ts'
import { flowBatch } from '../flows/flow-batch.ts'
import { Owed } from '../flows/owed.ts'
import { Places } from '../flows/places.ts'
import { Paths } from '../flows/slots.ts'
import { SocketPaths } from '../flows/sockets.ts'
import { translationBatch } from '../flows/translation-batch.ts'
import { Transit } from '../transit/transit.ts'
import { AtSockets } from './at-sockets.ts'
import { CapabilityRows } from './capability-batch.ts'
import type { EbpfConfig } from './config.ts'
import { Filters } from './filters.ts'
import { Listeners } from './listeners.ts'
import { MacAddresses } from './mac-addresses.ts'
import { noOwners, Owners } from './owners.ts'
import { requirePrivileges } from './privileges.ts'
import { estimated, relativeError, samplingOptions } from './sampling.ts'
import { defaultMaxFlows } from './table-size.ts'
import { Tcp } from './tcp.ts'
import { tcpBatches } from './tcp-batch.ts'
import { type Programs, Watch } from './watch.ts'

/** More addresses than this, and the next batch begins a new dictionary: ids hold within a batch only. */
const MAX_ADDRESSES = 262_144

/**
 * Counts the packets of this network namespace's interfaces, or of all sockets, in the kernel, looks at TCP's sockets in
 * all of the node's, and hands on each interval's differences.
 *
 * @param config resolved: every field is set; intervals in milliseconds
 * @param next gets an interval's flows, if there are any, what became of every packet seen, and what the kernel can do
 * @throws {NetsondeError} from start(): NO_PRIVILEGES, LOAD_FAILED, INTERFACE_MISSING, ATTACH_FAILED
 */
export function createEbpf(config: EbpfConfig, settings: Settings, next: Consumer): Receiver {
  let datapath: Datapath | undefined
  let watch: Watch | AtSockets | undefined
  let paths: Paths | SocketPaths | undefined
  let tcp: Tcp | undefined
  let owners: Owners | undefined
  let transit: Transit | undefined
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()
  let addresses = new Addresses()
  const capabilities = new CapabilityRows()
  const listeners = new Listeners(settings.log)
  /** Why conntrack could not be asked last. */
  let problemTold = ''
  const filters = new Filters(config.filters)
  const macs = config.mac_addresses ? new MacAddresses() : undefined
  const watched = (programs: Datapath): Programs => ({
    attach: (...how) => programs.attach(...how),
    release: (ifindex) => programs.release(ifindex),
    named: (ifindex, name) => filters.tell(programs, ifindex, name),
  })

  async function emit(
    from: Datapath,
    watched: Watch | AtSockets,
    paths: Paths | SocketPaths,
    last: boolean,
  ): Promise<void> {
    const generation = await from.drain(last)
    if (generation.problem)
      settings.log.error('a part of the counts stays in the kernel until the next interval', {
        reason: generation.problem,
      })
    const { problem = '' } = generation.translations ?? {}
    if (problem !== '' && problem !== problemTold)
      settings.log.error('translated connections (NAT) are not joined', { reason: problem })
    problemTold = problem
    transit?.passing.turn(generation.endMs)
    const drainTcp = async () => tcp?.drain(transit?.passing)
    const takeTcp = owners ? await settled(drainTcp()) : drainTcp
    await owners?.look() // after all counts were taken: who is among them is met, or has left an event
    if (addresses.size > MAX_ADDRESSES) addresses = new Addresses()
    if (watched instanceof AtSockets && paths instanceof SocketPaths)
      paths.cgroups = await watched.cgroupsOf(generation.flows)
    const { batch, accounted, repeated } = flowBatch(generation, paths, addresses, watched.names)
    freeColumns(generation.flows)
    if (batch.length > 0) {
      const framed = macs ? await macs.tell(batch, from) : batch
      const told = owners ? await owners.tell(framed) : framed
      await next.consume(estimated(told, config.sampling))
    }
    await next.consume(captureBatch(generation, accounted, repeated))
    if (config.sampling > 1) await next.consume(relativeError(generation, config.sampling))
    if (generation.translations) await next.consume(translationBatch(generation, generation.translations))
    if (generation.listenersProblem) listeners.lose(generation.listenersProblem)
    const current = [
      ...watched.capabilities,
      listeners.capability,
      ...(owners?.capabilities ?? noOwners),
      ...(tcp?.capabilities ?? []),
    ]
    await next.consume(capabilities.batch(generation.startMs, generation.endMs, current))
    const told = await takeTcp()
    if (told)
      for (const each of tcpBatches(told, addresses, await owners?.columnsOf(told))) await next.consume(each)
    for (const each of (await transit?.batches(generation)) ?? []) await next.consume(each)
    if (generation.signals) freeColumns(generation.signals)
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
    if (!datapath || !watch || !paths) return
    try {
      watch.turn()
      await emit(datapath, watch, paths, false)
    } catch (error) {
      settings.report(error)
    }
  }

  return {
    async start() {
      requirePrivileges()
      releaseFilePages()
      const { attach, cgroup, decapsulate, interfaces } = config
      const maxFlows = config.max_flows ?? defaultMaxFlows()
      settings.log.debug('tables', { max_flows: maxFlows })
      const { rules } = filters
      const drawn = samplingOptions(config.sampling)
      if (attach === 'cgroup') {
        const withLoopback = interfaces.exclude.length === 0
        datapath = load({ maxFlows, filters: rules, ...drawn, atSockets: true, withLoopback })
        watch = new AtSockets(datapath, cgroup, settings.log)
        paths = new SocketPaths(slots(), new Owed())
      } else {
        const passing = config.tcp.passing && config.sampling === 1 // of a sample nobody knows what was left out
        datapath = load({
          maxFlows,
          filters: rules,
          ...drawn,
          decapsulate,
          signals: passing,
          linkAddresses: macs !== undefined,
        })
        if (passing)
          transit = new Transit((reason) =>
            settings.log.warn(
              'closed ports of containers of this node are told as passing through: not all network namespaces can be read',
              { reason },
            ),
          )
        const places = new Places({ decapsulated: decapsulate })
        const watching = new Watch(watched(datapath), interfaces, attach, settings.log, undefined, places)
        watch = watching
        paths = new Paths(slots(), places, watching.tunnels, new Owed())
      }
      listeners.watch(datapath)
      if (config.socket_owners) owners = new Owners(attach !== 'cgroup', settings.log)
      tcp = new Tcp(config.tcp, settings.log, owners !== undefined)
      try {
        await watch.begin()
      } catch (error) {
        const ending = datapath
        datapath = undefined
        tcp[Symbol.dispose]()
        owners?.[Symbol.dispose]()
        await watch.end(() => ending?.[Symbol.dispose]())
        throw error
      }
      if (datapath) schedule(performance.now() + config.collection_interval)
    },

    async [Symbol.asyncDispose]() {
      const ending = datapath
      datapath = undefined
      clearTimeout(timer)
      await working
      if (!ending) return
      try {
        if (watch && paths) await emit(ending, watch, paths, true)
      } finally {
        tcp?.[Symbol.dispose]()
        owners?.[Symbol.dispose]()
        await watch?.end(() => ending[Symbol.dispose]()) // after the last counts: they do not wait for it
      }
    },
  }
}

function load(options: DatapathOptions): Datapath {
  try {
    return new Datapath(options)
  } catch (cause) {
    if (cause instanceof NetsondeError) throw cause
    throw new NetsondeError('LOAD_FAILED', (cause as Error).message, { cause })
  }
}

/** What the work gives, or throws, when that is asked for. */
async function settled<T>(work: Promise<T>): Promise<() => T> {
  try {
    const value = await work
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}
