import { text } from '../../config/formats.ts'
import type {
  ComponentFactory,
  Consumer,
  ExporterFactory,
  ExtensionFactory,
  ProcessorFactory,
  ReceiverFactory,
  Settings,
} from '../component.ts'
import type { PointBatch } from '../point-batch.ts'

interface Config {
  readonly label: string
}
type Step = 'create' | 'start' | 'dispose'

/** Components that write down what happens to them, and fail where they are told to. */
export class Recorder {
  /** `start send`, `send got 3` (rows), in the order in which it happened. */
  readonly events: string[] = []
  /** What receivers send to, by their id. */
  readonly outputs = new Map<string, Consumer>()
  readonly settings = new Map<string, Settings>()
  readonly labels = new Map<string, string>()
  /** Runs at a step of a component, as `start send`; what it throws the component throws. */
  readonly at = new Map<string, () => void | Promise<void>>()
  private readonly hold = new Map<string, PointBatch>()

  readonly factories: readonly ComponentFactory[] = [
    {
      ...this.common('receiver', 'tap'),
      create: async (config, settings, next) => {
        this.outputs.set(settings.id, next)
        // On dispose it hands on what it holds, as a real one does.
        return this.part(config, settings, async () => {
          const held = this.hold.get(settings.id)
          if (held) await next.consume(held)
        })
      },
    } satisfies ReceiverFactory<Config>,
    {
      ...this.common('processor', 'pass'),
      create: async (config, settings, next) => ({
        ...(await this.part(config, settings)),
        consume: (batch) => this.take(settings.id, batch) ?? next.consume(batch),
      }),
    } satisfies ProcessorFactory<Config>,
    {
      ...this.common('exporter', 'send'),
      create: async (config, settings) => ({
        ...(await this.part(config, settings)),
        consume: (batch) => this.take(settings.id, batch),
      }),
    } satisfies ExporterFactory<Config>,
    {
      ...this.common('extension', 'health'),
      create: (config, settings) => this.part(config, settings),
    } satisfies ExtensionFactory<Config>,
  ]

  /** The receiver sends the batch only when it is disposed. */
  holdBack(id: string, batch: PointBatch): void {
    this.hold.set(id, batch)
  }

  private common<Kind extends string>(kind: Kind, type: string) {
    const schema = { label: text({ default: '', doc: 'Is kept for the test' }) }
    return { kind, type, stability: 'development', schema } as const
  }

  private async part({ label }: Config, settings: Settings, last = async () => {}) {
    const { id } = settings
    this.settings.set(id, settings)
    this.labels.set(id, label)
    await this.step('create', id)
    return {
      start: () => this.step('start', id),
      [Symbol.asyncDispose]: async () => {
        await this.step('dispose', id)
        await last()
      },
    }
  }

  private async step(step: Step, id: string): Promise<void> {
    this.events.push(`${step} ${id}`)
    await this.at.get(`${step} ${id}`)?.()
  }

  private take(id: string, batch: PointBatch): void | Promise<void> {
    this.events.push(`${id} got ${batch.length}`)
    return this.at.get(`${id} got`)?.()
  }
}
