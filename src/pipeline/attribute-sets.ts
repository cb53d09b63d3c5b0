import type { AttributeName } from '../catalogue/attributes.ts'
import type { AttributeValue, Column, Dictionary, PointBatch } from './point-batch.ts'

/** What an endpoint is annotated with: the attributes of a pod, a node, a zone. Without the side. */
export type AttributeSet = Readonly<Record<string, AttributeValue>>

/**
 * Sets of attributes, interned: endpoints of the same workload share one. Ids are dense and stay, so that each is looked
 * up once; who makes them begins a new one when there are too many.
 */
export class AttributeSets {
  /** Of an endpoint that nothing is known of. */
  static readonly NONE = 0
  private readonly sets: AttributeSet[] = [{}]
  private readonly ids = new Map<string, number>([['[]', AttributeSets.NONE]])
  private readonly dictionaries = new Map<string, Dictionary>()

  get size(): number {
    return this.sets.length
  }

  /** The id of a set: the same for equal ones, in whatever order their attributes are. */
  intern(set: AttributeSet): number {
    const key = JSON.stringify(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)))
    let id = this.ids.get(key)
    if (id === undefined) {
      id = this.sets.push({ ...set }) - 1
      this.ids.set(key, id)
    }
    return id
  }

  /** One attribute of a set, by the set's id. */
  dictionary(attribute: string): Dictionary {
    let found = this.dictionaries.get(attribute)
    if (!found) {
      found = { value: (id) => this.sets[id]?.[attribute], lasting: true }
      this.dictionaries.set(attribute, found)
    }
    return found
  }
}

/**
 * Adds what is known of one end to every row: its set is looked up once an address, and the new columns share their ids.
 *
 * @param setOf the id of an address's set in `sets`
 * @param attributes which of the sets' attributes become columns, as `source.<name>` or `destination.<name>`
 * @returns the batch as it was where it has no addresses on that side
 */
export function annotate(
  batch: PointBatch,
  side: 'source' | 'destination',
  sets: AttributeSets,
  setOf: (address: AttributeValue) => number,
  attributes: readonly string[],
): PointBatch {
  const addresses = batch.columns.get(`${side}.address`)
  if (!addresses) return batch
  const ids = setIds(addresses, setOf)
  return batch.withColumns(
    attributes.map((name) => [
      `${side}.${name}` as AttributeName,
      { ids, dictionary: sets.dictionary(name) },
    ]),
  )
}

function setIds({ ids, dictionary }: Column, setOf: (address: AttributeValue) => number): Uint32Array {
  const found = new Uint32Array(ids.length)
  let known = new Int32Array(1024) // by id of an address: set + 1; 0: not asked yet
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row] as number
    if (id >= known.length) known = grown(known, id)
    if (known[id] === 0) {
      const address = dictionary.value(id)
      known[id] = (address === undefined ? AttributeSets.NONE : setOf(address)) + 1
    }
    found[row] = (known[id] as number) - 1
  }
  return found
}

function grown(from: Int32Array<ArrayBuffer>, id: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(2 ** Math.ceil(Math.log2(id + 1)))
  to.set(from)
  return to
}
