import type { Problem } from './problem.ts'
import { quote } from './refused.ts'
import type { Entry, Tree } from './tree.ts'

const MAX_DEPTH = 32

/**
 * Takes a configuration that a program has made: the shape that YAML would have. Never throws.
 * Fields that are `undefined` count as absent.
 */
export function treeOfObject(value: unknown): { tree: Tree; problems: readonly Problem[] } {
  const problems: Problem[] = []
  return { tree: build(value, [], problems), problems }
}

function build(value: unknown, path: readonly string[], problems: Problem[]): Tree {
  if (path.length > MAX_DEPTH) {
    // A circle ends here too.
    problems.push({ path: path.slice(0, 3), message: `is nested deeper than ${MAX_DEPTH}` })
    return { kind: 'scalar', value: null, at: undefined }
  }
  if (Array.isArray(value)) {
    const items = value.map((item, i) => build(item, [...path, `${i}`], problems))
    return { kind: 'list', items, at: undefined }
  }
  if (isPlainObject(value)) {
    const entries = new Map<string, Entry>()
    for (const [name, item] of Object.entries(value)) {
      if (item === undefined) continue
      entries.set(name, { key: undefined, value: build(item, [...path, name], problems) })
    }
    return { kind: 'map', entries, at: undefined }
  }
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
    return { kind: 'scalar', value, at: undefined }
  }
  const found = typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : quote(typeof value)
  problems.push({ path, message: `is ${found}: only what YAML can say is accepted` })
  return { kind: 'scalar', value: null, at: undefined }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
