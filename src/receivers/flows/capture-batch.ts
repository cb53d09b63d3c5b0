import type { Generation, Size } from '../../native/generation.ts'
import { type Dictionary, PointBatch } from '../../pipeline/point-batch.ts'

/** Id 0 is the row of what was seen, which has neither. */
const outcomes = ['accounted', 'overflow', 'repeated', 'filtered', 'unparsed'] as const
const reasons = ['not_ip', 'truncated', 'malformed', 'unknown_link'] as const
const outcomeNames: Dictionary = { value: (id) => outcomes[id - 1] }
const reasonNames: Dictionary = { value: (id) => reasons[id - 1] }

/**
 * What became of every packet that the hooks saw in a generation.
 *
 * @param accounted the sum of what was handed on, not a counter beside it: else the identity
 *   seen = accounted + overflow + repeated + filtered + unparsed could not fail
 */
export function captureBatch(
  { startMs, endMs, capture }: Generation,
  accounted: Size,
  repeated: Size,
): PointBatch {
  const overflow = sum([...capture.overflow, capture.overflowUnlisted])
  const { filtered } = capture
  const rows: [outcome: (typeof outcomes)[number], size: Size, reason?: (typeof reasons)[number]][] = [
    ['accounted', accounted],
    ['overflow', overflow],
    ['repeated', repeated],
    ['filtered', filtered],
    ...reasons.flatMap((reason): typeof rows => {
      const unparsed = capture.unparsed[reason]
      return unparsed ? [['unparsed', unparsed, reason]] : []
    }),
  ]
  const length = rows.length + 1
  const value = (seen: number, each: (size: Size) => number) =>
    Float64Array.of(seen, ...rows.map(([, size]) => each(size)))
  const onlyFirst = (seen: number) => new Float64Array(length).fill(Number.NaN).fill(seen, 0, 1)
  const none = Number.NaN

  return new PointBatch({
    startMs,
    endMs,
    length,
    columns: new Map([
      [
        'outcome',
        {
          ids: Uint8Array.of(0, ...rows.map(([outcome]) => outcomes.indexOf(outcome) + 1)),
          dictionary: outcomeNames,
        },
      ],
      [
        'reason',
        {
          ids: Uint8Array.of(0, ...rows.map(([, , reason]) => (reason ? reasons.indexOf(reason) + 1 : 0))),
          dictionary: reasonNames,
        },
      ],
    ]),
    values: new Map([
      ['netsonde.capture.packets', value(none, ({ packets }) => packets)],
      ['netsonde.capture.io', value(none, ({ bytes }) => bytes)],
      ['netsonde.capture.seen.packets', onlyFirst(capture.seen.packets)],
      ['netsonde.capture.seen.io', onlyFirst(capture.seen.bytes)],
      ['netsonde.capture.coverage', onlyFirst(coverage(capture, accounted, repeated, filtered))],
    ]),
  })
}

/** Of the packets that were to be accounted; NaN where there was none, for then there is nothing to take a share of. */
function coverage(capture: Generation['capture'], accounted: Size, repeated: Size, filtered: Size): number {
  const due = capture.seen.packets - repeated.packets - filtered.packets - capture.unparsed.not_ip.packets
  return due > 0 ? accounted.packets / due : Number.NaN
}

function sum(sizes: readonly Size[]): Size {
  return {
    packets: sizes.reduce((total, { packets }) => total + packets, 0),
    bytes: sizes.reduce((total, { bytes }) => total + bytes, 0),
  }
}
