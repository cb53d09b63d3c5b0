import type { Capture } from '../../native/capture.ts'
import { slots } from '../../native/datapath.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import type { Consumer, Receiver, Settings } from '../../pipeline/component.ts'
import { captureBatch } from '../flows/capture-batch.ts'
import { flowBatch } from '../flows/flow-batch.ts'
import { Paths, Total } from '../flows/slots.ts'
import { openCapture, unknownLinks } from './capture.ts'
import type { PcapConfig } from './config.ts'

/** Connections in one batch: it is in memory as columns and as rows. */
const BATCH_CONNECTIONS = 16_384

/**
 * Reads a capture file once and hands on what it holds; then it has finished.
 *
 * @param config resolved: every field is set
 * @param next gets batches of flows, then one of what became of every packet; all of them for the capture's whole time
 * @throws {NetsondeError} from start(): CAPTURE_UNREADABLE, CAPTURE_FORMAT
 */
export function createPcap(config: PcapConfig, settings: Settings, next: Consumer): Receiver {
  let capture: Capture | undefined
  let working: Promise<void> | undefined

  async function play(from: Capture): Promise<void> {
    await from.read()
    const accounted = new Total()
    const repeated = new Total()
    const paths = new Paths(slots()) // of a capture that has several interfaces each is taken for a link of its own
    for (const part of from.parts(BATCH_CONNECTIONS)) {
      const made = flowBatch(part, paths, new Addresses(), { value: () => undefined })
      accounted.add(made.accounted.packets, made.accounted.bytes)
      repeated.add(made.repeated.packets, made.repeated.bytes)
      if (made.batch.length > 0) await next.consume(made.batch)
      if (!part.last) continue
      if (part.problem)
        settings.log.warn('not all of the capture could be read', { path: config.path, reason: part.problem })
      const unknown = unknownLinks(part)
      if (unknown)
        settings.log.warn('not all packets could be parsed', { path: config.path, reason: unknown })
      await next.consume(captureBatch(part, accounted, repeated))
    }
  }

  return {
    async start() {
      capture = await openCapture(config.path, {
        maxFlows: config.max_flows,
        decapsulate: config.decapsulate,
      })
      working = play(capture).then(settings.finished, settings.report)
    },

    async [Symbol.asyncDispose]() {
      capture?.[Symbol.dispose]()
      await working
    },
  }
}
