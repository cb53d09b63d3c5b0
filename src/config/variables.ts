import { isScalar, parseDocument } from 'yaml'
import type { Problem } from './problem.ts'
import type { Scalar, Tree } from './tree.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Puts in environment variables: `${env:NAME}`, `${NAME}`, `${env:NAME:-default}`; `$$` is a dollar sign.
 * Where it is the whole value, the text is read as YAML would (`8` is a number), as in the Collector.
 * A variable that is not set and has no default is a problem: the Collector takes it as empty.
 *
 * @see https://opentelemetry.io/docs/collector/configuration/#environment-variables
 */
export function expand(tree: Tree, env: Environment): { tree: Tree; problems: readonly Problem[] } {
  const problems: Problem[] = []
  return { tree: walk(tree, [], env, problems), problems }
}

function walk(tree: Tree, path: readonly string[], env: Environment, problems: Problem[]): Tree {
  switch (tree.kind) {
    case 'list':
      return { ...tree, items: tree.items.map((item, i) => walk(item, [...path, `${i}`], env, problems)) }
    case 'map': {
      const entries = [...tree.entries].map(
        ([name, { key, value }]) =>
          [name, { key, value: walk(value, [...path, name], env, problems) }] as const,
      )
      return { ...tree, entries: new Map(entries) }
    }
    case 'scalar':
      return typeof tree.value === 'string' && tree.value.includes('$')
        ? replaced(tree, tree.value, path, env, problems)
        : tree
  }
}

function replaced(
  scalar: Scalar,
  written: string,
  path: readonly string[],
  env: Environment,
  problems: Problem[],
): Scalar {
  let whole = false
  const text = written.replace(/\$\$|\$\{([^}]*)\}?/g, (match: string, inner: string | undefined) => {
    if (inner === undefined) return '$'
    whole ||= match === written
    const value = lookUp(match, inner, env)
    if (typeof value === 'string') return value
    problems.push({ path, at: scalar.at, ...value })
    return ''
  })
  return whole ? { ...scalar, value: typed(text), text } : { ...scalar, value: text }
}

function lookUp(match: string, inner: string, env: Environment): string | Pick<Problem, 'message' | 'hint'> {
  const scheme = /^(\w+):(?!-)/.exec(inner)?.[1]
  const [, name, fallback] = /^(?:env:)?([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner) ?? []
  const example = `write \${env:NAME} or \${env:NAME:-default}; $$ is a dollar sign`
  if (!match.endsWith('}')) return { message: `${JSON.stringify(match)} has no closing }`, hint: example }
  if (scheme !== undefined && scheme !== 'env') {
    return {
      message: `${JSON.stringify(`${scheme}:`)} is not a source of values here`,
      hint: 'accepted: env',
    }
  }
  if (name === undefined || fallback?.includes('${')) {
    return { message: `${JSON.stringify(match)} is not a variable`, hint: example }
  }
  const value = env[name] ?? fallback
  if (value !== undefined) return value
  return {
    message: `needs the environment variable ${name}, which is not set`,
    hint: `set it, or write \${env:${name}:-default}; the default may be empty`,
  }
}

/** A number, a boolean or nothing where the text reads so; never a list or a map. */
function typed(text: string): unknown {
  // Plain scalars of a line only: nothing that a parser could be kept busy with.
  if (!/^[\w.+-]{1,64}$/.test(text)) return text
  const { contents, errors } = parseDocument(text)
  return errors.length === 0 && isScalar(contents) ? contents.value : text
}
