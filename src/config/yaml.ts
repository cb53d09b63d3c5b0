import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLError } from 'yaml'
import { type Place, Source } from './place.ts'
import type { Problem } from './problem.ts'
import { quote } from './refused.ts'
import type { Dict, Entry, Tree } from './tree.ts'

/** Larger than any sensible configuration, small enough to be parsed in a moment. */
const MAX_BYTES = 1024 * 1024
const MAX_DEPTH = 32
/** After aliases are followed: a few lines of them can stand for billions of values. */
const MAX_VALUES = 100_000

export interface Parsed {
  readonly tree?: Tree
  readonly problems: readonly Problem[]
  /** What looks like a secret near a mistake. */
  readonly secrets?: readonly Place[]
}

/**
 * Reads YAML 1.2 with the Collector's merge keys (`<<`). Never throws.
 *
 * @param name what messages call it: the file's name
 * @returns the tree, unless there are problems
 */
export function parseYaml(name: string, text: string): Parsed {
  const source = new Source(name, text)
  if (text.length > MAX_BYTES) return { problems: [tooLarge(source)] }
  const document = parseDocument(text, {
    lineCounter: source.lines,
    prettyErrors: false,
    // The library's own check takes quadratic time; the builder below sees each key anyway.
    uniqueKeys: false,
  })
  // After the first mistake the rest is guesswork of the parser.
  const [first] = [...document.errors, ...document.warnings].sort(worstFirst)
  if (first) return { problems: [syntaxProblem(first, source)], secrets: secretsIn(source, first.pos[0]) }
  if (!document.contents) {
    return { problems: [{ path: [], message: `${name}  is empty`, hint: SMALLEST }] }
  }
  const builder = new Builder(source)
  const tree = builder.build(document.contents, [], 0)
  return builder.problems.length > 0 ? { problems: builder.problems } : { tree, problems: [] }
}

/** Shown where there is nothing to start from. */
export const SMALLEST =
  'smallest: {receivers: {ebpf: {}}, exporters: {prometheus: {}}, service: {pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}}}'

class Builder {
  readonly problems: Problem[] = []
  private readonly source: Source
  /** By name, as far as the text has been read: an alias means the last one before it. */
  private readonly anchors = new Map<string, Node>()
  private values = 0

  constructor(source: Source) {
    this.source = source
  }

  build(node: (Node & { anchor?: string }) | null, path: readonly string[], depth: number): Tree {
    const at = this.place(node)
    // Said once: what follows would repeat it thousands of times.
    if (depth > MAX_DEPTH || this.values > MAX_VALUES) return this.stop(path, at, depth)
    this.values++
    if (isAlias(node)) return this.alias(node.source, path, at, depth)
    if (node?.anchor) this.anchors.set(node.anchor, node)
    if (isMap(node)) return { kind: 'map', entries: this.entries(node.items as never, path, depth), at }
    if (isSeq(node)) {
      const items = node.items.map((item, i) => this.build(item as Node, [...path, `${i}`], depth + 1))
      return { kind: 'list', items, at }
    }
    const value = isScalar(node) ? node.value : null
    if (typeof value === 'object' && value !== null) {
      this.problems.push({ path, message: 'has a type that is not used here', hint: 'leave out the tag', at })
    }
    return { kind: 'scalar', value: value ?? null, at }
  }

  private entries(pairs: readonly Pair<Node, Node | null>[], path: readonly string[], depth: number) {
    const entries = new Map<string, Entry>()
    const inherited: Dict[] = []
    for (const { key, value } of pairs) {
      const at = this.place(key)
      const name = this.keyName(key, path)
      if (name === undefined) continue
      const tree = this.build(value, [...path, name], depth + 1)
      if (name === '<<') inherited.push(...this.inherited(tree, path))
      else if (entries.has(name)) this.duplicate([...path, name], at, entries.get(name)?.key)
      else entries.set(name, { key: at, value: tree.at ? tree : { ...tree, at } })
    }
    // What is written beside `<<` wins over what is inherited.
    for (const { entries: more } of inherited) {
      for (const [name, entry] of more) if (!entries.has(name)) entries.set(name, entry)
    }
    return entries
  }

  private keyName(key: Node, path: readonly string[]): string | undefined {
    const name = isScalar(key) && key.value !== null ? String(key.source ?? key.value) : undefined
    // No setting is called so, and a plain object would take it for its prototype.
    if (name !== undefined && name !== '__proto__') return name
    this.problems.push({ path, message: `has a key that is not a name`, at: this.place(key) })
    return undefined
  }

  private inherited(tree: Tree, path: readonly string[]): Dict[] {
    const from = tree.kind === 'list' ? tree.items : [tree]
    return from.filter((item) => {
      if (item.kind === 'map') return true
      this.problems.push({ path: [...path, '<<'], message: 'is not a map or a list of maps', at: item.at })
      return false
    }) as Dict[]
  }

  private duplicate(path: readonly string[], at: Place | undefined, before: Place | undefined): void {
    const line = before && this.source.at(before.from).line
    this.problems.push({ path, message: 'is there twice', hint: `first on line ${line}`, at })
  }

  private alias(name: string, path: readonly string[], at: Place | undefined, depth: number): Tree {
    const target = this.anchors.get(name)
    const around = this.place(target ?? null)
    const circular = at && around && around.from <= at.from && at.to <= around.to
    if (target && !circular) return this.build(target, path, depth)
    const message = target ? 'is an alias of what it is in' : 'is an alias of nothing'
    this.problems.push({ path, message, hint: `an alias repeats an earlier &${name}`, at })
    return { kind: 'scalar', value: null, at }
  }

  private stop(path: readonly string[], at: Place | undefined, depth: number): Tree {
    const message =
      depth > MAX_DEPTH ? `is nested deeper than ${MAX_DEPTH}` : `is more than ${MAX_VALUES} values`
    if (!this.problems.some((problem) => problem.message === message)) {
      this.problems.push({ path: path.slice(0, 3), message, at })
    }
    return { kind: 'scalar', value: null, at }
  }

  private place(node: Node | null): Place | undefined {
    const [from, to] = node?.range ?? []
    return from === undefined || to === undefined || to <= from
      ? undefined
      : { source: this.source, from, to }
  }
}

function tooLarge({ name, text }: Source): Problem {
  return { path: [], message: `${name}  has ${quote(text.length)} characters: more than ${MAX_BYTES}` }
}

function worstFirst(a: YAMLError, b: YAMLError): number {
  const deep = Number(b.code === 'RESOURCE_EXHAUSTION') - Number(a.code === 'RESOURCE_EXHAUSTION')
  return deep || a.pos[0] - b.pos[0]
}

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'use spaces',
  BAD_ALIAS: '* starts an alias: write "*"',
  BAD_SCALAR_START: 'put the text into quotes',
  BLOCK_AS_IMPLICIT_KEY: 'put text with ": " in it into quotes, or begin a new line',
  BAD_INDENT: 'keys of one map begin in the same column',
  MULTIPLE_DOCS: 'one document per file: remove the ---',
  TAG_RESOLVE_FAILED: 'leave out the tag',
}

function syntaxProblem({ code, message, pos }: YAMLError, source: Source): Problem {
  const at = { source, from: pos[0], to: pos[1] }
  if (code === 'RESOURCE_EXHAUSTION') return { path: [], message: 'is nested too deep to be read', at }
  const variable = /[[{,].*\$\{/.test(source.lineOf(at.from).text)
  const hint = variable ? `inside [] and {} put \${...} into quotes` : HINTS[code]
  const said = message.split(';')[0] as string
  return {
    path: [],
    message: `is not YAML: ${said.charAt(0).toLowerCase()}${said.slice(1)}`,
    hint: hint ?? '',
    at,
  }
}

/** Nobody can tell what a line means that is not YAML, so anything after a telling word is taken for a secret. */
function secretsIn(source: Source, offset: number): Place[] {
  const { text, start } = source.lineOf(offset)
  const found = /(authorization|cookie|passw|secret|token|api.?key)[^:=]*[:=]\s*/i.exec(text)
  return found ? [{ source, from: start + found.index + found[0].length, to: start + text.length }] : []
}
