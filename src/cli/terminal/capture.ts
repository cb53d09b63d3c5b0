import type { PointBatch } from '../../pipeline/point-batch.ts'

/** What became of the packets of an interval, in packets; absent: not told. */
export interface Capture {
  readonly seen?: number
  /** 0 to 1 */
  readonly coverage?: number
  readonly notIp?: number
  readonly overflow?: number
  /** Unparsed for any other reason. */
  readonly broken?: number
}

/** Adds what a batch tells to what earlier ones of the interval told. */
export function readCapture(batch: PointBatch, so: Capture): Capture {
  const told = { ...so }
  for (const point of batch) {
    const seen = point.value('netsonde.capture.seen.packets')
    if (!Number.isNaN(seen)) told.seen = (told.seen ?? 0) + seen
    const coverage = point.value('netsonde.capture.coverage')
    if (!Number.isNaN(coverage)) told.coverage = coverage
    const packets = point.value('netsonde.capture.packets')
    const kind = kindOf(point.attribute('outcome'), point.attribute('reason'))
    if (kind && !Number.isNaN(packets)) told[kind] = (told[kind] ?? 0) + packets
  }
  return told
}

function kindOf(outcome: unknown, reason: unknown): 'notIp' | 'overflow' | 'broken' | undefined {
  if (outcome === 'overflow') return 'overflow'
  if (outcome !== 'unparsed') return undefined
  return reason === 'not_ip' ? 'notIp' : 'broken'
}
