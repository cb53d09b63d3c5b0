import { expect, test } from 'vitest'
import { batchOf } from '../../../test/rig/batch.ts'
import { metricByName } from '../../catalogue/metrics.ts'
import { SeriesStore } from '../../pipeline/series-store.ts'
import { GroupedRows } from './grouped-rows.ts'
import { Plan } from './plan.ts'
import { RESERVE } from './reserve.ts'
import { Translations } from './translation.ts'
import { Values } from './values.ts'

const io = metricByName.get('netsonde.flow.io') as NonNullable<ReturnType<typeof metricByName.get>>
const forever = Number.MAX_SAFE_INTEGER
const INTERVAL_MS = 10_000

/** `tcp a`: a transport and an address. */
type Amounts = Readonly<Record<string, number>>

/** A metric by transport and address (or fewer), and the intervals that it is given. */
class Budgeted {
  readonly store = new SeriesStore()
  readonly plan: Plan
  readonly values = new Values()
  private readonly translations = new Translations(this.values)
  private intervals = 0

  constructor(limit: number, attributes = ['network.transport', 'source.address']) {
    this.plan = new Plan(io, this.store, attributes, limit, this.values)
  }

  get endMs(): number {
    return this.intervals * INTERVAL_MS
  }

  /** One interval with these amounts. */
  put(amounts: Amounts): this {
    this.translations.begin()
    const keys = Object.keys(amounts).map((key) => key.split(' '))
    const startMs = this.endMs
    this.intervals++
    const batch = batchOf({
      startMs,
      endMs: this.endMs,
      columns: {
        'network.transport': keys.map(([transport]) => transport),
        'source.address': keys.map(([, address]) => address),
      },
      values: { [io.name]: Object.values(amounts) },
    })
    const rows = new GroupedRows(batch, this.plan.attributes, this.translations)
    this.plan.record(rows, batch.values.get(io.name) as Float64Array, this.endMs)
    return this
  }

  /** The same for many intervals. */
  repeat(times: number, amounts: Amounts): this {
    for (let i = 0; i < times; i++) {
      this.put(amounts)
      this.release()
    }
    return this
  }

  release(): this {
    this.store.release(this.endMs, forever)
    return this
  }

  /** What there is, as `tcp a: 7`; ended series in brackets. */
  get lines(): string[] {
    const { series } = this.plan
    const lines: string[] = []
    for (let slot = 0; slot < series.end; slot++) {
      if (series.epoch(slot) === 0) continue
      const { attributes, value } = series.at(slot)
      const line = `${Object.values(attributes).join(' ')}: ${value}`
      lines.push(series.endedAt(slot) === 0 ? line : `(${line})`)
    }
    return lines.sort()
  }
}

test.each<[string, number, Amounts[], string[]]>([
  ['within the limit all are exact', 2, [{ 'tcp a': 1, 'tcp b': 2 }], ['tcp a: 1', 'tcp b: 2']],
  [
    'over it the heaviest are, and the rest keeps what is bounded',
    2,
    [{ 'tcp a': 1, 'tcp b': 5, 'udp c': 4, 'udp d': 2, 'tcp e': 3 }],
    ['tcp b: 5', 'tcp other: 4', 'udp c: 4', 'udp other: 2'],
  ],
  [
    'of those that weigh the same no more are exact than the limit lets',
    2,
    [{ 'tcp a': 1, 'tcp b': 1, 'tcp c': 1, 'tcp d': 1 }],
    ['tcp a: 1', 'tcp b: 1', 'tcp other: 2'],
  ],
  [
    'one that is heavier goes before those that weigh the same, wherever it stands',
    2,
    [{ 'tcp a': 1, 'tcp b': 1, 'tcp c': 9 }],
    ['tcp a: 1', 'tcp c: 9', 'tcp other: 1'],
  ],
  [
    'what has its series keeps it, however heavy a newcomer is for one interval',
    1,
    [{ 'tcp a': 1 }, { 'tcp b': 1000 }, { 'tcp a': 1 }],
    ['tcp a: 2', 'tcp other: 1000'],
  ],
  [
    'a row whose value is other joins the other series',
    1,
    [{ 'tcp a': 9 }, { 'tcp other': 1, 'tcp b': 2 }],
    ['tcp a: 9', 'tcp other: 3'],
  ],
])('%s', (_, limit, intervals, lines) => {
  const budgeted = new Budgeted(limit)
  for (const amounts of intervals) budgeted.put(amounts)

  expect(budgeted.lines).toEqual(lines)
})

const transports = (count: number, address: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i} ${address}`, 1]))

test.each([
  [RESERVE / 2, 0],
  [RESERVE / 2 + 1, 1],
  [10 * RESERVE, 9.5 * RESERVE],
])('of %i transports in the reserve %i read other, and the total is whole', (number, collapsed) => {
  const budgeted = new Budgeted(1).put({ 'p a': 5 }).put(transports(number, 'b'))

  const rest = budgeted.lines.filter((line) => line !== 'p a: 5')
  expect(rest.filter((line) => line.startsWith('other other'))).toEqual(
    collapsed > 0 ? [`other other: ${collapsed}`] : [],
  )
  expect(rest).toHaveLength(number - collapsed + (collapsed > 0 ? 1 : 0))
  expect(budgeted.plan.budget.collapsed).toBe(collapsed)
  expect(budgeted.plan.budget.overflowed).toBe(number)
})

/** Until a series may be displaced, and a candidate is known. */
const settled = (limit = 2) => new Budgeted(limit).repeat(10, { 'tcp a': 100, 'tcp b': 10, 'tcp c': 5 })

test('one that becomes clearly heavier takes the place of the lightest, which ends with what it counted', () => {
  const budgeted = settled()
  const cursor = budgeted.store.cursor()
  budgeted.repeat(10, { 'tcp a': 100, 'tcp b': 10, 'tcp c': 50 })
  const ended = budgeted.lines.find((line) => line.startsWith('(tcp b'))
  expect(ended).toMatch(/^\(tcp b: 1\d\d\)$/)

  cursor.acknowledge(budgeted.store.asOf)
  budgeted.repeat(2, { 'tcp a': 100, 'tcp b': 10, 'tcp c': 50 })
  expect(budgeted.lines.map((line) => line.split(':')[0])).toEqual(['tcp a', 'tcp c', 'tcp other'])
  const total = 10 * 115 + 12 * 160
  const held = budgeted.lines.reduce((sum, line) => sum + Number(line.split(': ')[1]), 0)
  expect(held + Number(ended?.slice(8, -1))).toBe(total)
})

test('what ended and was not delivered has its place: so long newcomers go to the others', () => {
  const budgeted = new Budgeted(2)
  const cursor = budgeted.store.cursor()
  budgeted.put({ 'tcp a': 1, 'tcp b': 1 })
  budgeted.plan.budget.expire(forever, 0)
  budgeted.release().put({ 'tcp c': 7 })
  expect(budgeted.lines).toEqual(['(tcp a: 1)', '(tcp b: 1)', 'tcp other: 7'])

  cursor.acknowledge(budgeted.store.asOf)
  budgeted.release().put({ 'tcp c': 7 })
  expect(budgeted.lines).toEqual(['tcp c: 7', 'tcp other: 7'])
})

test('what expired and comes back before it was delivered goes on where it was', () => {
  const budgeted = new Budgeted(2)
  budgeted.store.cursor()
  budgeted.put({ 'tcp a': 1 })
  budgeted.plan.budget.expire(forever, 0)
  budgeted.release().put({ 'tcp a': 2 })

  expect(budgeted.lines).toEqual(['tcp a: 3'])
})

test.each([
  ['a little heavier', { 'tcp a': 100, 'tcp b': 10, 'tcp c': 17 }],
  ['as heavy, by turns', { 'tcp a': 100, 'tcp b': 10, 'tcp c': 10 }],
])('one that is %s takes no place', (_, amounts) => {
  const before = settled().lines.map((line) => line.split(':')[0])
  const budgeted = settled().repeat(100, amounts)

  expect(budgeted.lines.map((line) => line.split(':')[0])).toEqual(before)
})

test('of many that are clearly heavier, one in a hundred places changes hands in an interval', () => {
  const many = (name: string, amount: number) =>
    Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`tcp ${name}${i}`, amount]))
  const budgeted = new Budgeted(200).repeat(10, many('a', 1))
  const newcomers = () => budgeted.lines.filter((line) => line.startsWith('tcp b')).length
  const both = { ...many('a', 1), ...many('b', 1000) }
  const found = Array.from({ length: 6 }, () => {
    budgeted.repeat(1, both)
    return newcomers()
  })

  const steps = found.slice(1).map((count, i) => count - (found[i] as number))
  expect(Math.max(...steps)).toBe(2)
  expect(found.at(-1)).toBeGreaterThan(2)
})

test('what was displaced does not come back into its old series, and not into an equal other series', () => {
  // By transport alone an `other` series that keeps it would be the series itself.
  const budgeted = new Budgeted(1, ['network.transport'])
  const all = transports(RESERVE, 'x')
  budgeted.repeat(12, { ...all, 'p0 x': 100 })
  budgeted.store.cursor()
  budgeted.repeat(20, { ...all, 'p0 x': 1, 'p99 x': 1000 })
  const ended = budgeted.lines.filter((line) => line.startsWith('('))
  expect(ended).toEqual([expect.stringMatching(/^\(p0: /)])

  budgeted.repeat(3, { 'p0 x': 7 })
  expect(budgeted.lines.filter((line) => line.startsWith('('))).toEqual(ended)
})

test('what was watched for nothing leaves nothing behind', () => {
  const budgeted = new Budgeted(2).put({ 'tcp a': 1, 'tcp b': 1 })
  for (let i = 0; i < 1000; i++) {
    budgeted.put(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`tcp x${i}-${n}`, n + 1])))
  }

  // tcp, a, b, and no more candidates than there may be.
  expect(budgeted.values.size).toBeLessThanOrEqual(3 + 2 * 16)
})
