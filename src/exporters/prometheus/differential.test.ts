import { describe, expect, test } from 'vitest'
import { type OpenMetricsFamily, parseOpenMetrics } from '../../../test/rig/openmetrics.ts'
import { lint } from '../../../test/rig/promtool.ts'
import { Random } from '../../../test/rig/random.ts'
import { randomMetrics, randomStore } from '../../../test/rig/random-store.ts'
import { keyOf, parseScrape } from '../../../test/rig/scrape.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import { promtool } from '../../../test/rig/tool.ts'
import type { Metric } from '../../catalogue/metrics.ts'
import type { SeriesStore } from '../../pipeline/series-store.ts'
import { type Family, type Format, familyOf, targetInfo } from './family.ts'
import { labelText } from './labels.ts'
import { prometheusUnit } from './names.ts'
import { officialSerializer } from './official.ts'
import { render } from './render.ts'
import { Snapshots } from './snapshot.ts'

const resource = { 'service.name': 'nets"onde', 'host.name': 'a\\b\nc' }
const constLabels = { cluster: 'we"st' }

/** Our text and the official one, of the same stores. */
function both(...stores: SeriesStore[]) {
  const families = new Map<string, Family>()
  const constant = labelText(constLabels)
  const snapshots = new Snapshots(
    new Map(stores.map((store) => [store, store.cursor()])),
    (metric: Metric) => {
      const family = families.get(metric.name) ?? familyOf(metric, constant)
      families.set(metric.name, family)
      return family
    },
  )
  const official = officialSerializer({
    stores,
    resource,
    now: () => 0,
    targetInfo: true,
    constLabels,
    log: settingsOf('prometheus').log,
  })
  return {
    async ours(format: Format): Promise<Buffer> {
      snapshots.changed()
      using snapshot = snapshots.take()
      const pages: Uint8Array[] = []
      for await (const page of render(snapshot.metrics, format, targetInfo(resource, format)))
        pages.push(page)
      return Buffer.concat(pages)
    },
    official: async () => Buffer.from(await official.serialize()).toString(),
  }
}

/** What differs and may: the way a bound is written, the order of lines, and that without metrics there is a remark. */
function meaningOf(text: string) {
  const samples = parseScrape(text).map(({ name, labels, value }) => {
    const { le, ...others } = labels
    return [
      keyOf(
        name,
        le === undefined ? others : { ...others, le: String(Number(le.replace('Inf', 'Infinity'))) },
      ),
      value,
    ]
  })
  const described = text.split('\n').filter((line) => /^# (HELP|TYPE) /.test(line))
  return { samples: samples.sort(byKey), described: described.sort() }
}
const byKey = ([a]: unknown[], [b]: unknown[]) => (String(a) < String(b) ? -1 : 1)

/** Samples of OpenMetrics text by name and labels: counters, gauges and histograms have those of the older format. */
const samplesIn = (families: readonly OpenMetricsFamily[]) =>
  families
    .flatMap(({ samples }) => samples.map(({ name, labels, value }) => [keyOf(name, labels), value]))
    .sort(byKey)

describe.each(Array.from({ length: 40 }, (_, i) => i + 1))('seed %i', (seed) => {
  test('our text says what the official one says, while series come and go', async () => {
    const random = new Random(seed)
    const metrics = randomMetrics(random, 6)
    const stores = Array.from({ length: seed % 4 === 0 ? 2 : 1 }, () => randomStore(random, metrics))
    const { ours, official } = both(...stores.map(({ store }) => store))

    for (let round = 0; round < 6; round++) {
      for (const { change } of stores) change()
      const text = (await ours('text')).toString()
      expect(meaningOf(text)).toEqual(meaningOf(await official()))

      const families = parseOpenMetrics(await ours('openmetrics'))
      const plain = parseScrape(text).map(({ name, labels, value }) => [keyOf(name, labels), value])
      expect(samplesIn(families)).toEqual(plain.sort(byKey))
      for (const { unit, name } of families.slice(1)) {
        const metric = metrics.find((metric) =>
          name.startsWith(`${metric.name.replaceAll(/\W/g, '_')}`),
        ) as Metric
        expect(unit).toBe(prometheusUnit(metric))
      }
    }
  })
})

const { missing } = promtool()

test('promtool takes the text of random metrics', async ({ skip }) => {
  skip(missing !== false, String(missing))
  const random = new Random(7)
  const { store, change } = randomStore(random, randomMetrics(random, 12))
  for (let i = 0; i < 5; i++) change()
  const text = (await both(store).ours('text')).toString()

  // It does not know that these names are not ours to choose.
  const opinions =
    /no help text|non-histogram and non-summary metrics should not have|use base unit|should be lowercase|should be written in 'snake_case'|not include abbreviated|should not contain abbreviated/
  expect(lint(text).filter((line) => !opinions.test(line))).toEqual([])
})
