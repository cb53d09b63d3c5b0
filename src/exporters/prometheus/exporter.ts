import { type Metric, metrics } from '../../catalogue/metrics.ts'
import { type Access, openAccess } from '../../http/access.ts'
import type { Asked, Reply } from '../../http/respond.ts'
import { type HttpServer, serve } from '../../http/server.ts'
import type { Exporter, Settings } from '../../pipeline/component.ts'
import type { Cursor } from '../../pipeline/cursor.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import { storeOf } from '../../pipeline/store-of.ts'
import { Names } from './collisions.ts'
import type { PrometheusConfig } from './config.ts'
import { type Family, familyOf, targetInfo } from './family.ts'
import { negotiate } from './formats.ts'
import { labelText } from './labels.ts'
import type { Official } from './official.ts'
import { render } from './render.ts'
import { Scrapers } from './scrapers.ts'
import { marksOf, Snapshots } from './snapshot.ts'

/**
 * Serves the series of all pipelines that end here, in the text format of Prometheus or that of OpenMetrics.
 *
 * @throws {NetsondeError} NAME_COLLISION, ENDPOINT_UNUSABLE, TLS_FILE_UNUSABLE, PASSWORD_UNUSABLE from start()
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function createPrometheus(config: PrometheusConfig, settings: Settings): Exporter {
  const setting = `exporters::${settings.id}`
  const sources = new Map<SeriesStore, Cursor>()
  const scrapers = new Scrapers(sources)
  const names = new Names(setting)
  const known = new Map<string, Family | undefined>()
  const constant = labelText(config.const_labels)
  const snapshots = new Snapshots(sources, (metric) =>
    known.has(metric.name) ? known.get(metric.name) : lateFamily(metric),
  )
  let official: Official | undefined
  let access: Access | undefined
  let server: HttpServer | undefined
  let closing: Promise<void> | undefined

  function add(metric: Metric): Family {
    names.add(metric)
    const family = familyOf(metric, constant)
    known.set(metric.name, family)
    return family
  }

  /** One that is not in the catalogue is met when it has its first series: too late to refuse the start. */
  function lateFamily(metric: Metric): Family | undefined {
    try {
      return add(metric)
    } catch (error) {
      known.set(metric.name, undefined)
      settings.log.error('a metric is left out', { metric: metric.name, error })
      return undefined
    }
  }

  /** OpenTelemetry's packages take memory: they are loaded for whom they are configured. */
  async function loadOfficial(): Promise<Official> {
    const { officialSerializer } = await import('./official.ts')
    return officialSerializer({
      stores: { [Symbol.iterator]: () => sources.keys() },
      resource: settings.resource,
      now: settings.now,
      targetInfo: config.target_info.enabled,
      constLabels: config.const_labels,
      log: settings.log,
    })
  }

  function scrape({ headers, peer }: Asked): Reply {
    const { format, contentType } = negotiate(headers.accept, official && 'text')
    let asOf: ReadonlyMap<SeriesStore, number> = new Map()
    const before = config.target_info.enabled ? targetInfo(settings.resource, format) : ''
    // Nothing is read before the body is asked for: HEAD does not.
    async function* fast() {
      using snapshot = snapshots.take()
      asOf = snapshot.asOf
      yield* render(snapshot.metrics, format, before)
    }
    async function* slow({ serialize }: Official) {
      asOf = marksOf(sources.keys())
      yield Buffer.from(await serialize())
    }
    return {
      status: 200,
      type: contentType,
      headers: { vary: 'accept, accept-encoding' },
      body: official ? slow(official) : fast(),
      sent: () => scrapers.served(peer, asOf, settings.now()),
    }
  }

  async function close(): Promise<void> {
    await server?.[Symbol.asyncDispose]()
    access?.[Symbol.dispose]()
    await official?.[Symbol.asyncDispose]()
    for (const cursor of sources.values()) cursor[Symbol.dispose]()
    snapshots[Symbol.dispose]()
  }

  return {
    async start() {
      for (const metric of metrics) add(metric)
      if (config.serializer === 'official') official = await loadOfficial()
      access = await openAccess(config, setting, settings.log)
      server = await serve(
        config.endpoint,
        `${setting}::endpoint`,
        (asked) => (asked.path === config.path ? scrape(asked) : undefined),
        access,
      )
      settings.log.info('listening', { what: 'metrics', url: server.origin + config.path })
    },

    consume(batch) {
      for (const store of [storeOf(batch), settings.telemetry]) {
        if (!sources.has(store)) sources.set(store, store.cursor())
      }
      snapshots.changed()
    },

    async [Symbol.asyncDispose]() {
      closing ??= close()
      await closing
    },
  }
}
