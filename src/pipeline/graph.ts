import type { AgentConfig, ComponentConfig, Components } from '../config/resolve.ts'
import type { Component, ComponentFactory, Consumer, Settings } from './component.ts'
import { fanOut, guard } from './fan-out.ts'
import { disposeWithin, inComponent } from './lifecycle.ts'
import { createLogger, type LogSink } from './log.ts'
import { SeriesStore } from './series-store.ts'

/** What the graph needs from who runs it. */
export interface Surroundings {
  readonly sink: LogSink
  readonly now: () => number
  readonly resource: Readonly<Record<string, string>>
  readonly ready: () => boolean
  /** A component failed after its start; the error names it. */
  readonly failed: (error: Error) => void
  /** Nothing more will come from any receiver. */
  readonly finished: () => void
  /** Sees each batch as it leaves a receiver. */
  readonly tap?: Consumer | undefined
}

interface Part<C extends Component = Component> {
  /** `exporters::prometheus` */
  readonly name: string
  readonly component: C
}

/**
 * The components of a configuration, connected: one instance of each receiver, exporter and extension,
 * one of each processor per pipeline. It starts where points arrive and stops where they come from,
 * so that what is still held flows through.
 */
export class Graph {
  private readonly config: AgentConfig
  private readonly around: Surroundings
  /** In the order of their start. Parts on one level do not depend on each other. */
  private readonly levels: Part[][] = []
  private readonly telemetry = new SeriesStore()
  /** Receivers from which something may come. */
  private readonly working = new Set<string>()
  /** Batches that were not taken, by the name of who did not. */
  readonly failures = new Map<string, number>()

  private constructor(config: AgentConfig, around: Surroundings) {
    this.config = config
    this.around = around
  }

  /** Makes all components and starts none. If one cannot be made, the others are disposed. */
  static async build(config: AgentConfig, around: Surroundings): Promise<Graph> {
    const graph = new Graph(config, around)
    try {
      await graph.connect()
      return graph
    } catch (error) {
      await graph.stop().catch(() => {}) // the first error is the one to mend
      throw error
    }
  }

  /** @throws {NetsondeError} what the component says, with its name in front. stop() is then still to be called. */
  async start(): Promise<void> {
    for (const { name, component } of this.levels.flat()) {
      try {
        await component.start()
      } catch (error) {
        throw inComponent(name, error)
      }
    }
  }

  /**
   * Disposes each component, whatever becomes of the others.
   *
   * @throws {AggregateError} an error for each that failed or took longer than service::shutdown_timeout
   */
  async stop(): Promise<void> {
    const errors: Error[] = []
    for (const level of this.levels.toReversed()) {
      const ends = level.map(({ name, component }) =>
        disposeWithin(name, component, this.config.service.shutdown_timeout),
      )
      for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') errors.push(end.reason)
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'))
  }

  private async connect(): Promise<void> {
    const { config } = this
    const extensions = this.level()
    for (const id of config.service.extensions) {
      const { factory, config: own } = of(config.extensions, id)
      await this.make(extensions, `extensions::${id}`, (settings) => factory.create(own, settings))
    }
    const exporters = await this.exporters()
    const heads = await this.processors(exporters)
    await this.receivers(heads)
  }

  private async exporters(): Promise<ReadonlyMap<string, Consumer>> {
    const level = this.level()
    const made = new Map<string, Consumer>()
    for (const id of new Set(this.config.pipelines.flatMap((pipeline) => pipeline.exporters))) {
      const { factory, config } = of(this.config.exporters, id)
      const name = `exporters::${id}`
      const exporter = await this.make(level, name, (settings) => factory.create(config, settings))
      made.set(id, this.guarded(name, exporter))
    }
    return made
  }

  /** @returns for each pipeline who takes what its receivers send, in the order of the pipelines */
  private async processors(exporters: ReadonlyMap<string, Consumer>): Promise<Consumer[]> {
    const levels: Part[][] = []
    const heads: Consumer[] = []
    for (const pipeline of this.config.pipelines) {
      let next = fanOut(pipeline.exporters.map((id) => exporters.get(id) as Consumer))
      for (const [fromEnd, id] of pipeline.processors.toReversed().entries()) {
        const { factory, config } = of(this.config.processors, id)
        const name = `processors::${id}`
        const to = next
        levels[fromEnd] ??= this.level()
        const processor = await this.make(levels[fromEnd], name, (settings) =>
          factory.create(config, settings, to),
        )
        next = this.guarded(name, processor)
      }
      heads.push(next)
    }
    return heads
  }

  private async receivers(heads: readonly Consumer[]): Promise<void> {
    const level = this.level()
    const { pipelines } = this.config
    const ids = new Set(pipelines.flatMap((pipeline) => pipeline.receivers))
    for (const id of ids) this.working.add(`receivers::${id}`)
    for (const id of ids) {
      const { factory, config } = of(this.config.receivers, id)
      const taking = heads.filter((_, i) => pipelines[i]?.receivers.includes(id))
      const all = fanOut(this.around.tap ? [this.guarded('tap', this.around.tap), ...taking] : taking)
      const next: Consumer = { consume: (batch) => all.consume(batch.withOrigin(`receivers::${id}`)) }
      await this.make(level, `receivers::${id}`, (settings) => factory.create(config, settings, next))
    }
  }

  private finish(name: string): void {
    this.working.delete(name)
    if (this.working.size === 0) this.around.finished()
  }

  private level(): Part[] {
    const level: Part[] = []
    this.levels.push(level)
    return level
  }

  private async make<C extends Component>(
    level: Part[],
    name: string,
    create: (settings: Settings) => C | Promise<C>,
  ): Promise<C> {
    const { sink, now, resource, ready, failed } = this.around
    const settings: Settings = {
      id: name.slice(name.indexOf('::') + 2),
      log: createLogger(name, sink, now),
      report: (error) => failed(inComponent(name, error)),
      finished: () => this.finish(name),
      now,
      resource,
      telemetry: this.telemetry,
      ready,
    }
    try {
      const component = await create(settings)
      level.push({ name, component })
      return component
    } catch (error) {
      throw inComponent(name, error)
    }
  }

  private guarded(name: string, consumer: Consumer): Consumer {
    return guard(consumer, createLogger(name, this.around.sink, this.around.now), () => {
      const failures = (this.failures.get(name) ?? 0) + 1
      this.failures.set(name, failures)
      return failures
    })
  }
}

function of<F extends ComponentFactory>(components: Components<F>, id: string): ComponentConfig<F> {
  return components.get(id) as ComponentConfig<F> // resolveConfig lets no other id through
}
