import type { ComponentFactory, ProcessorFactory } from '../pipeline/component.ts'
import { checkSettings, type Findings } from './check.ts'
import { formatList, nearest } from './did-you-mean.ts'
import { factoryOf } from './ids.ts'
import type { Place } from './place.ts'
import { isWithin, type Problem } from './problem.ts'
import { quote, Refused } from './refused.ts'
import type { Components } from './resolve.ts'
import { checkPipelineId, type ServiceConfig } from './service.ts'
import { type Dict, keyPlaceOf, nothing, placeOf } from './tree.ts'

/** Ids, each declared in its section. */
export interface PipelineConfig {
  /** `metrics` or `metrics/NAME`. */
  readonly id: string
  readonly receivers: readonly string[]
  readonly processors: readonly string[]
  readonly exporters: readonly string[]
}

type Declared = Readonly<Record<Section, ReadonlyMap<string, unknown>>> & {
  readonly processors: Components<ProcessorFactory<unknown>>
}
type Section = 'receivers' | 'processors' | 'exporters' | 'extensions'

/** The processor that turns rows into series: no exporter can do without. */
const LIMIT = 'cardinality_limit'

/**
 * Holds the names in `service` against what is declared, and adds `cardinality_limit` where a pipeline has none.
 *
 * @param top the whole configuration: a component that is declared with a mistake is not missing besides
 */
export function checkPipelines(
  top: Dict,
  service: ServiceConfig,
  declared: Declared,
  factories: readonly ComponentFactory[],
  findings: Findings,
): { pipelines: PipelineConfig[]; processors: Components<ProcessorFactory<unknown>> } {
  const check = new NameCheck(top, findings)
  check.names('extensions', service.extensions, ['service', 'extensions'])
  const pipelines = Object.entries(service.pipelines)
  if (pipelines.length === 0) check.noPipelines()
  for (const [id, pipeline] of pipelines) {
    const path = ['service', 'pipelines', id]
    if (check.id(id, path)) {
      check.some('receivers', pipeline.receivers, path)
      check.some('exporters', pipeline.exporters, path)
    }
    check.names('receivers', pipeline.receivers, [...path, 'receivers'])
    check.names('processors', pipeline.processors, [...path, 'processors'])
    check.names('exporters', pipeline.exporters, [...path, 'exporters'])
  }
  return withLimit(pipelines, declared.processors, factories, findings)
}

class NameCheck {
  private readonly top: Dict
  private readonly problems: Problem[]

  constructor(top: Dict, { problems }: Findings) {
    this.top = top
    this.problems = problems
  }

  noPipelines(): void {
    const path = ['service', 'pipelines']
    const at = keyPlaceOf(this.top, path) ?? keyPlaceOf(this.top, ['service']) ?? start(this.top.at)
    const hint = 'write {metrics: {receivers: [...], exporters: [...]}}'
    this.missing({ path, message: 'has no pipeline', hint, at })
  }

  id(id: string, path: readonly string[]): boolean {
    try {
      checkPipelineId(id)
      return true
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.problems.push({ path, message: error.message, hint: error.hint, at: keyPlaceOf(this.top, path) })
      return false
    }
  }

  some(section: Section, names: readonly string[], pipeline: readonly string[]): void {
    if (names.length > 0) return
    const path = [...pipeline, section]
    const hint = `write [ID]; ${this.declaredIn(section)}`
    const at = keyPlaceOf(this.top, path) ?? keyPlaceOf(this.top, pipeline)
    this.missing({ path, message: `needs at least one ${section.slice(0, -1)}`, hint, at })
  }

  names(section: Section, names: readonly string[], path: readonly string[]): void {
    const ids = this.idsIn(section)
    for (const [i, name] of names.entries()) {
      const here = { path: [...path, `${i}`], at: placeOf(this.top, [...path, `${i}`]) }
      if (names.indexOf(name) < i) {
        this.problems.push({ ...here, message: `${quote(name)} is there twice`, hint: 'name it once' })
      } else if (!ids.includes(name)) {
        const near = nearest(name, ids)
        const hint = `${near ? `did you mean ${quote(near)}? ` : ''}${this.declaredIn(section)}`
        this.problems.push({ ...here, message: `${quote(name)} is not declared in ${section}`, hint })
      }
    }
  }

  private declaredIn(section: Section): string {
    const ids = this.idsIn(section)
    return ids.length > 0 ? `declared: ${formatList(ids)}` : `nothing is declared in ${section}`
  }

  private idsIn(section: Section): string[] {
    const tree = this.top.entries.get(section)?.value
    return tree?.kind === 'map' ? [...tree.entries.keys()] : []
  }

  /** Unless it is there and was refused: what was refused has its default by now. */
  private missing(problem: Problem): void {
    const refused = this.problems.some((other) => isWithin(other.path, problem.path))
    if (!refused) this.problems.push(problem)
  }
}

function withLimit(
  pipelines: readonly (readonly [string, Omit<PipelineConfig, 'id'>])[],
  declared: Components<ProcessorFactory<unknown>>,
  factories: readonly ComponentFactory[],
  findings: Findings,
) {
  const processors = new Map(declared)
  const limits = (id: string) => id === LIMIT || id.startsWith(`${LIMIT}/`)
  const known = factories.some(({ kind, type }) => kind === 'processor' && type === LIMIT)
  const complete = pipelines.map(([id, pipeline]): PipelineConfig => {
    if (!known || pipeline.processors.some(limits)) return { id, ...pipeline }
    if (!processors.has(LIMIT)) {
      const factory = factoryOf<ProcessorFactory<unknown>>(LIMIT, 'processor', factories)
      processors.set(LIMIT, {
        factory,
        config: checkSettings(factory.schema, nothing, ['processors', LIMIT], findings),
      })
    }
    return { id, ...pipeline, processors: [...pipeline.processors, LIMIT] }
  })
  return { pipelines: complete, processors }
}

/** Not the whole file below the message, only where it begins. */
function start(at: Place | undefined): Place | undefined {
  return at && { ...at, to: at.from + 1 }
}
