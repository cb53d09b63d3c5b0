import type {
  ComponentFactory,
  ExporterFactory,
  ExtensionFactory,
  ProcessorFactory,
  ReceiverFactory,
} from '../pipeline/component.ts'
import { checkSettings, type Findings, keyHint } from './check.ts'
import { factoryOf } from './ids.ts'
import { checkPipelines, type PipelineConfig } from './pipelines.ts'
import type { Place } from './place.ts'
import { ConfigError, isWithin, type Problem } from './problem.ts'
import { Refused } from './refused.ts'
import { type ServiceConfig, serviceSchema } from './service.ts'
import { type Dict, isEmpty, nothing, placeOf, type Tree } from './tree.ts'
import { type Environment, expand } from './variables.ts'

export interface ComponentConfig<F extends ComponentFactory> {
  readonly factory: F
  /** Every field set, as the factory's schema declares. */
  readonly config: unknown
}

/** By id. */
export type Components<F extends ComponentFactory> = ReadonlyMap<string, ComponentConfig<F>>

/** A configuration in which nothing is wrong and nothing is missing. */
export interface AgentConfig {
  readonly receivers: Components<ReceiverFactory<unknown>>
  readonly processors: Components<ProcessorFactory<unknown>>
  readonly exporters: Components<ExporterFactory<unknown>>
  readonly extensions: Components<ExtensionFactory<unknown>>
  readonly pipelines: readonly PipelineConfig[]
  readonly service: ServiceConfig
}

const SECTIONS = ['receivers', 'processors', 'exporters', 'extensions', 'service']

/**
 * Checks the whole and fills in what was left out.
 *
 * @throws {ConfigError} with everything that is wrong
 */
export function resolveConfig(
  written: Tree,
  factories: readonly ComponentFactory[],
  env: Environment,
): AgentConfig {
  const { tree, problems } = expand(written, env)
  const findings: Findings = { env, problems: [...problems], secrets: [] }
  const top = topLevel(tree, findings.problems)

  const section = <F extends ComponentFactory>(name: string, kind: F['kind']) =>
    checkSection<F>(sectionOf(top, name, findings.problems), name, kind, factories, findings)
  const receivers = section<ReceiverFactory<unknown>>('receivers', 'receiver')
  const processors = section<ProcessorFactory<unknown>>('processors', 'processor')
  const exporters = section<ExporterFactory<unknown>>('exporters', 'exporter')
  const extensions = section<ExtensionFactory<unknown>>('extensions', 'extension')

  const serviceTree = sectionOf(top, 'service', findings.problems)
  const service = checkSettings(serviceSchema, serviceTree, ['service'], findings) as ServiceConfig
  const declared = { receivers, processors, exporters, extensions }
  const connected = checkPipelines(top, service, declared, factories, findings)

  // A variable that is missing leaves its value empty, and a check then speaks about the same place.
  const distinct = findings.problems.filter((problem) => !repeats(problem, problems))
  if (distinct.length > 0) throw new ConfigError(distinct, findings.secrets)
  return {
    receivers,
    processors: connected.processors,
    exporters,
    extensions,
    pipelines: connected.pipelines,
    service,
  }
}

function topLevel(tree: Tree, problems: Problem[]): Dict {
  if (tree.kind === 'map') {
    for (const [name, { key }] of tree.entries) {
      if (SECTIONS.includes(name)) continue
      problems.push({ path: [name], message: 'is not a section', hint: keyHint(name, SECTIONS), at: key })
    }
    return tree
  }
  const found = tree.kind === 'list' ? 'a list' : 'a single value'
  throw new ConfigError([
    {
      path: [],
      message: `the configuration is ${found}, not a map`,
      hint: `sections: ${SECTIONS.join(', ')}`,
      at: tree.at,
    },
  ])
}

function sectionOf(top: Dict, name: string, problems: Problem[]): Dict {
  const tree = top.entries.get(name)?.value ?? nothing
  if (tree.kind === 'map') return tree
  if (!isEmpty(tree))
    problems.push({ path: [name], message: 'is not a map', hint: 'write {id: settings}', at: tree.at })
  return nothing
}

function checkSection<F extends ComponentFactory>(
  section: Dict,
  name: string,
  kind: F['kind'],
  factories: readonly ComponentFactory[],
  findings: Findings,
): Map<string, ComponentConfig<F>> {
  const found = new Map<string, ComponentConfig<F>>()
  for (const [id, { key, value }] of section.entries) {
    try {
      const factory = factoryOf<F>(id, kind, factories)
      found.set(id, { factory, config: checkComponent(factory, value, [name, id], key, findings) })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      findings.problems.push({ path: [name, id], message: error.message, hint: error.hint, at: key })
    }
  }
  return found
}

function checkComponent(
  factory: ComponentFactory,
  tree: Tree,
  path: readonly string[],
  key: Place | undefined,
  findings: Findings,
): unknown {
  const before = findings.problems.length
  const config = checkSettings(factory.schema, tree, path, findings)
  // The component's own check relies on each setting being right by itself.
  if (findings.problems.length === before) {
    for (const [below, message] of factory.validate?.(config) ?? []) {
      const inside = below.split('::')
      findings.problems.push({ path: [...path, ...inside], message, at: placeOf(tree, inside) ?? key })
    }
  }
  return config
}

function repeats(problem: Problem, variables: readonly Problem[]): boolean {
  return variables.some((other) => other !== problem && isWithin(problem.path, other.path))
}
