/** Netsonde in another program: what is exported here stays. */
// biome-ignore-all lint/performance/noBarrelFile: a package has one entry
export type { Agent, AgentOptions } from './agent.ts'
export { createAgent } from './agent.ts'
export type { ConfigObject, ConfigSource } from './config/load.ts'
export { ConfigError, type Problem } from './config/problem.ts'
export { NetsondeError } from './errors.ts'
export { AttributeSets, annotate } from './pipeline/attribute-sets.ts'
export type {
  Component,
  ComponentFactory,
  Consumer,
  Exporter,
  ExporterFactory,
  Extension,
  ExtensionFactory,
  Processor,
  ProcessorFactory,
  Receiver,
  ReceiverFactory,
  Settings,
} from './pipeline/component.ts'
export type { Cursor } from './pipeline/cursor.ts'
export type { Logger, LogLevel, LogRecord, LogSink } from './pipeline/log.ts'
export type { MetricSeries, Series } from './pipeline/metric-series.ts'
export {
  type AttributeValue,
  type Column,
  type Dictionary,
  type Point,
  PointBatch,
} from './pipeline/point-batch.ts'
export { processor, type Transform } from './pipeline/processor.ts'
export { SeriesStore } from './pipeline/series-store.ts'
