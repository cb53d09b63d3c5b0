import type { Place } from './place.ts'

/** What was written, each part with its place; without one where it came as an object. */
export type Tree = Scalar | List | Dict

export interface Scalar {
  readonly kind: 'scalar'
  readonly value: unknown
  /** As it reads where text is wanted: `007` from a variable stays that. Only where it differs from `value`. */
  readonly text?: string
  readonly at: Place | undefined
}

export interface List {
  readonly kind: 'list'
  readonly items: readonly Tree[]
  readonly at: Place | undefined
}

export interface Dict {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
  readonly at: Place | undefined
}

export interface Entry {
  readonly key: Place | undefined
  readonly value: Tree
}

/** An empty map: for sections that are absent or have no value. */
export const nothing: Dict = { kind: 'map', entries: new Map(), at: undefined }

/** `key:` with nothing behind it. */
export function isEmpty(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null
}

/** @param asText takes scalars as they were written, where the setting is text */
export function plain(tree: Tree, asText = false): unknown {
  switch (tree.kind) {
    case 'scalar':
      return asText && tree.text !== undefined ? tree.text : tree.value
    case 'list':
      return tree.items.map((item) => plain(item, asText))
    case 'map':
      return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value, asText)]))
  }
}

/** The place of what `path` leads to, or of the last part of the way that exists. */
export function placeOf(tree: Tree, path: readonly string[]): Place | undefined {
  const [first, ...rest] = path
  if (first === undefined) return tree.at
  if (tree.kind === 'list') {
    const item = tree.items[Number(first)]
    return item ? placeOf(item, rest) : tree.at
  }
  const entry = tree.kind === 'map' ? tree.entries.get(first) : undefined
  return entry ? (placeOf(entry.value, rest) ?? entry.key) : tree.at
}

/** Where the last key of `path` is written. */
export function keyPlaceOf(tree: Tree, path: readonly string[]): Place | undefined {
  const [first = '', ...rest] = path
  const entry = tree.kind === 'map' ? tree.entries.get(first) : undefined
  return rest.length > 0 && entry ? keyPlaceOf(entry.value, rest) : entry?.key
}

/** Maps are joined key by key; of anything else the later wins. */
export function merge(earlier: Tree, later: Tree): Tree {
  if (earlier.kind !== 'map' || later.kind !== 'map') return isEmpty(later) ? earlier : later
  const entries = new Map(earlier.entries)
  for (const [name, { key, value }] of later.entries) {
    const before = entries.get(name)
    entries.set(name, { key, value: before ? merge(before.value, value) : value })
  }
  return { kind: 'map', entries, at: later.at ?? earlier.at }
}
