import type { ComponentFactory } from '../pipeline/component.ts'
import { keyHint } from './check.ts'
import { Refused } from './refused.ts'

/**
 * Finds the factory of a component id.
 *
 * @param id `type` or `type/name`
 * @throws {Refused} what is wrong with the id, and which types there are
 */
export function factoryOf<F extends ComponentFactory>(
  id: string,
  kind: F['kind'],
  factories: readonly ComponentFactory[],
): F {
  const [, type] = /^([a-zA-Z]\w*)(?:\/[^/\s]+)?$/.exec(id) ?? []
  if (type === undefined) throw new Refused('is not the id of a component', 'write it as type or type/name')
  const found = factories.findLast((factory) => factory.kind === kind && namesOf(factory).includes(type))
  if (found) return found as F
  const other = factories.find((factory) => namesOf(factory).includes(type))
  const types = [
    ...new Set(factories.filter((factory) => factory.kind === kind).map((factory) => factory.type)),
  ]
  throw new Refused(
    other ? `is ${an(other.kind)}, not ${an(kind)}` : `is not ${an(kind)} here`,
    types.length > 0 ? keyHint(type, types) : `there are no ${kind}s`,
  )
}

/** What a component may be called in the configuration. */
export function namesOf({ type, aliases = [] }: ComponentFactory): readonly string[] {
  return [type, ...aliases]
}

function an(word: string): string {
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`
}
