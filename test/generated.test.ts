import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { withSettings } from '../scripts/settings-reference.ts'
import { flag, mapOf, oneOf, whole } from '../src/config/formats.ts'

test('what is generated is what the code says', () => {
  const script = `${import.meta.dirname}/../scripts/generate.ts`
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })

  expect([status, stderr]).toEqual([0, ''])
})

const schema = {
  limit: whole({ default: 7, min: 1, unit: 'series', doc: 'How many' }),
  tls: { insecure: flag({ default: false, doc: 'In the clear' }) },
  metrics: mapOf({ mode: oneOf(['a', 'b'], { default: 'a', doc: 'a | b' }) }, { doc: 'By name' }),
}
const page = (table: string) =>
  `# x\n\n<!-- settings: made from config.ts by \`npm run generate\` -->\n\n${table}\n\n<!-- end of settings -->\n\nrest\n`

test('a README has its settings, groups and maps opened', () => {
  expect(withSettings(page('old'), schema)).toBe(
    page(
      [
        '| Setting               | Is                                | Default |              |',
        '| --------------------- | --------------------------------- | ------- | ------------ |',
        '| `limit`               | whole number of series; 1 or more | `7`     | How many     |',
        '| `tls::insecure`       | `true` or `false`                 | `false` | In the clear |',
        '| `metrics`             | map                               |         | By name      |',
        '| `metrics::NAME::mode` | `a`, `b`                          | `a`     | a \\| b       |',
      ].join('\n'),
    ),
  )
})

test.each(['', '# no place for settings\n'])('a page without the comments stays: %j', (text) => {
  expect(withSettings(text, schema)).toBe(text)
})
