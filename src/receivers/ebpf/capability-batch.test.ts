import { expect, test } from 'vitest'
import { type Capability, CapabilityRows } from './capability-batch.ts'

const read = (rows: CapabilityRows, current: Capability[]) =>
  Array.from(rows.batch(0, 1, current), (point) => [
    point.attribute('feature'),
    point.attribute('state'),
    point.attribute('reason'),
    point.value('netsonde.capability'),
  ])

test('a feature has 1 for the state it is in and 0 for those it was in', () => {
  const rows = new CapabilityRows()
  expect(read(rows, [{ feature: 'attach.tcx', state: 'unknown' }])).toEqual([
    ['attach.tcx', 'unknown', undefined, 1],
  ])
  expect(read(rows, [{ feature: 'attach.tcx', state: 'unavailable', reason: 'kernel' }])).toEqual([
    ['attach.tcx', 'unknown', undefined, 0],
    ['attach.tcx', 'unavailable', 'kernel', 1],
  ])
})
