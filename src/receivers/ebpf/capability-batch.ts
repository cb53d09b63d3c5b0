import { type Dictionary, PointBatch } from '../../pipeline/point-batch.ts'
import { ownerFeatures } from './owner-features.ts'
import { tcpFeatures } from './tcp-features.ts'

const features = [
  'attach.tcx',
  'attach.tc',
  'attach.cgroup',
  'listeners',
  ...ownerFeatures,
  ...tcpFeatures,
] as const
const states = ['available', 'unavailable', 'disabled', 'unknown'] as const
const reasons = ['kernel', 'permission', 'configuration', 'not_needed', 'error'] as const

/** Whether something that the agent would use is there, and if not, why. */
export interface Capability {
  readonly feature: (typeof features)[number]
  readonly state: (typeof states)[number]
  readonly reason?: (typeof reasons)[number]
}

const featureNames: Dictionary = { value: (id) => features[id] }
const stateNames: Dictionary = { value: (id) => states[id] }
/** Id 0 is a row without a reason. */
const reasonNames: Dictionary = { value: (id) => reasons[id - 1] }

/** Makes the points of netsonde.capability: 1 for what holds, 0 for what held earlier. */
export class CapabilityRows {
  private readonly rows = new Map<string, Capability>()

  batch(startMs: number, endMs: number, current: readonly Capability[]): PointBatch {
    const holds = new Set(current.map(keyOf))
    for (const each of current) this.rows.set(keyOf(each), each)
    const rows = [...this.rows.values()]
    const ids = (id: (row: Capability) => number) => Uint8Array.from(rows, id)
    return new PointBatch({
      startMs,
      endMs,
      length: rows.length,
      columns: new Map([
        [
          'feature',
          { ids: ids(({ feature }) => features.indexOf(feature)), dictionary: featureNames },
        ] as const,
        ['state', { ids: ids(({ state }) => states.indexOf(state)), dictionary: stateNames }] as const,
        [
          'reason',
          { ids: ids(({ reason }) => (reason ? reasons.indexOf(reason) + 1 : 0)), dictionary: reasonNames },
        ] as const,
      ]),
      values: new Map([
        ['netsonde.capability', Float64Array.from(rows, (row) => (holds.has(keyOf(row)) ? 1 : 0))],
      ]),
    })
  }
}

const keyOf = ({ feature, state, reason }: Capability) => `${feature} ${state} ${reason}`
