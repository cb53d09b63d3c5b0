import { builtIn } from '../src/factories.ts'
import { metricsReference } from './metrics-reference.ts'
import { withSettings } from './settings-reference.ts'

/**
 * What is made from the code and committed, by its place in the checkout.
 *
 * Each is made from what is there: '' where there is nothing yet, which may stay so.
 */
export const generated: Readonly<Record<string, (current: string) => string>> = {
  'docs/metrics.md': metricsReference,
  ...Object.fromEntries(
    builtIn.map(({ kind, type, schema }) => [
      `src/${kind}s/${type}/README.md`,
      (page: string) => withSettings(page, schema),
    ]),
  ),
}
