import { setImmediate as turn } from 'node:timers/promises'
import type { Format } from './family.ts'
import { Page } from './page.ts'
import type { Rows } from './rows.ts'

/** One for all scrapes: it is empty whenever one of them waits. Most scrapes are far smaller, and make less garbage so. */
const page = new Page()

/**
 * A scrape in pages. Between two of them the event loop gets its turn: however many series there are, others wait for
 * one page.
 *
 * @param before text ahead of the metrics, as labelText makes it
 */
export async function* render(
  metrics: readonly Rows[],
  format: Format,
  before = '',
): AsyncGenerator<Uint8Array> {
  page.clear()
  page.text(before)
  for (const rows of metrics) {
    const { family, values, counts, stride } = rows
    page.text(family.head[format])
    for (let row = 0; row < rows.length; row++) {
      family.write(page, rows.labels(row), values[row] as number, counts, row * stride)
      if (!page.isFull) continue
      yield page.take()
      await turn()
      page.clear() // another that failed meanwhile may have left something
    }
  }
  if (format === 'openmetrics') page.text('# EOF\n')
  yield page.take()
}
