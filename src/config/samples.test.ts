import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { builtIn } from '../factories.ts'
import { checkSettings } from './check.ts'
import { loadConfig } from './load.ts'
import type { Problem } from './problem.ts'
import { refusals } from './refusals.ts'
import { serviceSchema } from './service.ts'
import { nothing } from './tree.ts'

const samples = readdirSync('config').filter((name) => name.endsWith('.yaml'))

test('there is one to start with', () => expect(samples).toContain('quickstart.yaml'))

test.each(samples)('config/%s is right', async (name) => {
  const { pipelines } = await loadConfig({ files: [`config/${name}`] }, builtIn, {})
  expect(pipelines.length).toBeGreaterThan(0)
})

/** Each setting that has a default as one would write it. */
function* defaultsOf(schema: object, path = ''): Generator<[string, object & { default: unknown }]> {
  for (const [name, setting] of Object.entries(schema)) {
    if (!('default' in setting)) yield* defaultsOf(setting, `${path}${name}::`)
    else if (setting.default !== undefined) yield [`${path}${name}`, setting]
  }
}

test.each([
  ...builtIn.map((factory) => [factory.type, factory.schema] as const),
  ['service', serviceSchema] as const,
])('what %s takes by default it would accept', (type, schema) => {
  for (const [path, setting] of defaultsOf(schema)) {
    expect([path, refusals(setting as never, setting.default)]).toEqual([path, []])
  }
  const findings = { env: {}, problems: [] as Problem[], secrets: [] }
  checkSettings(schema, nothing, [type], findings)
  expect(findings.problems).toEqual([])
})
