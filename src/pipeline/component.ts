import type { Schema } from 'convict'
import type { Logger } from './log.ts'
import type { PointBatch } from './point-batch.ts'
import type { SeriesStore } from './series-store.ts'

/**
 * What every part of the agent is: started once, then disposed.
 * Dispose is safe before start and twice; what was accepted before it is handed on.
 * After the Collector's component.Component.
 */
export interface Component extends AsyncDisposable {
  /** Resolves when it works. Bad input and missing rights reject here, not later. */
  start(): Promise<void>
}

/** Takes batches. A promise holds the sender back until it settles. */
export interface Consumer {
  consume(batch: PointBatch): void | Promise<void>
}

export type Receiver = Component
export type Processor = Component & Consumer
export type Exporter = Component & Consumer
export type Extension = Component

/** What the agent hands to each component beside its configuration. */
export interface Settings {
  /** `type` or `type/name`, as in the configuration. */
  readonly id: string
  readonly log: Logger
  /** Ends the agent: for what goes wrong after start() and cannot be mended. */
  readonly report: (error: unknown) => void
  /** For a receiver: nothing more will come from it. Once that is so of all of them, the agent ends. */
  readonly finished: () => void
  /** Milliseconds since the epoch. Passed in, so that tests own the time. */
  readonly now: () => number
  /** Describes this agent in what it exports, as service.name. */
  readonly resource: Readonly<Record<string, string>>
  /** What the agent tells of itself beside what receivers see: written by components, sent by each exporter. */
  readonly telemetry: SeriesStore
  /** Whether all receivers work and none has failed: for health_check. */
  readonly ready: () => boolean
}

export type Stability = 'development' | 'alpha' | 'beta' | 'stable'

interface Factory<Config> {
  /** As in the configuration: `otlp_grpc`. */
  readonly type: string
  /** Other names that the configuration may use for it, as the Collector does. */
  readonly aliases?: readonly string[]
  readonly stability: Stability
  /** Each setting once: default, format, doc, env (convict). The reference is made from it. */
  readonly schema: Schema<Config>
  /** Every problem that a single setting's format cannot show, as [path below the component, message]. */
  validate?(config: Config): readonly (readonly [path: string, message: string])[]
}

/** `create` may load what is heavy (gRPC, the addon): only what the configuration names is loaded. */
export interface ReceiverFactory<Config> extends Factory<Config> {
  readonly kind: 'receiver'
  create(config: Config, settings: Settings, next: Consumer): Receiver | Promise<Receiver>
}
export interface ProcessorFactory<Config> extends Factory<Config> {
  readonly kind: 'processor'
  create(config: Config, settings: Settings, next: Consumer): Processor | Promise<Processor>
}
export interface ExporterFactory<Config> extends Factory<Config> {
  readonly kind: 'exporter'
  create(config: Config, settings: Settings): Exporter | Promise<Exporter>
}
export interface ExtensionFactory<Config> extends Factory<Config> {
  readonly kind: 'extension'
  create(config: Config, settings: Settings): Extension | Promise<Extension>
}

/** Any factory. `unknown` stands for its own configuration, which the graph hands over unseen. */
export type ComponentFactory =
  | ReceiverFactory<unknown>
  | ProcessorFactory<unknown>
  | ExporterFactory<unknown>
  | ExtensionFactory<unknown>
