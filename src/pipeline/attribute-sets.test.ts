import { expect, test } from 'vitest'
import { batchOf } from '../../test/rig/batch.ts'
import type { AttributeName } from '../catalogue/attributes.ts'
import { AttributeSets, annotate } from './attribute-sets.ts'
import type { AttributeValue } from './point-batch.ts'

test('equal sets are one, in whatever order they are written, and others are not', () => {
  const sets = new AttributeSets()
  const ids = [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }, { a: '1' }, {}].map((set) => sets.intern(set))

  expect(ids).toEqual([1, 1, 2, 3, AttributeSets.NONE])
  expect([0, 1, 2, 3].map((id) => sets.dictionary('a').value(id))).toEqual([undefined, 1, 1, '1'])
  expect(sets.dictionary('b')).toBe(sets.dictionary('b'))
})

const batch = batchOf({
  columns: {
    'source.address': ['10.0.0.1', '10.0.0.2', undefined, '10.0.0.1'],
    'destination.address': ['10.0.0.2', '10.0.0.1', '10.0.0.3', '10.0.0.2'],
  },
  values: { 'netsonde.flow.io': [1, 2, 3, 4] },
})
const pods: Record<string, object> = { '10.0.0.1': { pod: 'web', zone: 'a' }, '10.0.0.2': { pod: 'db' } }

function annotated(side: 'source' | 'destination') {
  const asked: AttributeValue[] = []
  const sets = new AttributeSets()
  const setOf = (address: AttributeValue) => {
    asked.push(address)
    return sets.intern((pods[address] as Record<string, string> | undefined) ?? {})
  }
  return { asked, made: annotate(batch, side, sets, setOf, ['pod', 'zone']) }
}

test('each address is asked for once, and each row has what is known of its end', () => {
  const { asked, made } = annotated('source')

  expect(asked).toEqual(['10.0.0.1', '10.0.0.2'])
  expect(
    Array.from(made, ({ source, destination }) => [
      source.attribute('pod'),
      source.attribute('zone'),
      destination.attribute('pod'),
    ]),
  ).toEqual([
    ['web', 'a', undefined],
    ['db', undefined, undefined],
    [undefined, undefined, undefined],
    ['web', 'a', undefined],
  ])
})

test('the columns of an end share their ids, also of the rows that are kept; the batch itself is as it was', () => {
  const { made } = annotated('destination')
  const kept = made.filter((point) => point.value('netsonde.flow.io') > 2)
  for (const each of [made, kept]) {
    const [pod, zone] = ['pod', 'zone'].map((name) =>
      each.columns.get(`destination.${name}` as AttributeName),
    )
    expect(pod?.ids).toBe(zone?.ids)
    expect(pod?.ids).toHaveLength(each.length)
  }
  expect(Array.from(kept, (point) => point.destination.attribute('pod'))).toEqual([undefined, 'db'])
  expect([...batch.columns.keys()]).toEqual(['source.address', 'destination.address'])
})
