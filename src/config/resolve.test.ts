import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { ConfigError } from './problem.ts'
import { components } from './testdata/components.ts'

const smallest = {
  receivers: { tap: {} },
  exporters: { send: {} },
  service: { pipelines: { metrics: { receivers: ['tap'], exporters: ['send'] } } },
}

function load(config: object, env = {}) {
  return loadConfig(config as typeof smallest, components, env)
}

async function complaint(loading: Promise<unknown>): Promise<string> {
  const error = await loading.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return (error as ConfigError).message
}

test('everything that is wrong is told at once, in the order of the file', async () => {
  const file = 'src/config/testdata/wrong.yaml'
  const message = await complaint(loadConfig({ files: [file] }, components, {}))
  await expect(`${message}\n`).toMatchFileSnapshot('testdata/wrong.txt')
  // What the places are worth: each begins where its line and column say.
  const lines = (await readFile(file, 'utf8')).split('\n')
  for (const [, line, column, key] of message.matchAll(/yaml:(\d+):(\d+) {2}\S*::(\w+) {2}is not a key/g)) {
    expect(lines[Number(line) - 1]?.slice(Number(column) - 1)).toMatch(new RegExp(`^${key}:`))
  }
})

test('of an object the same is told without places', async () => {
  const message = await complaint(load({ ...smallest, receivers: { tap: { interval: 5, when: 'now' } } }))
  expect(message.split('\n')).toEqual([
    'receivers::tap::interval  5 has no unit',
    '    write 5s; units: ns us ms s m h; default 5s',
    'receivers::tap::when  is not a key here',
    '    accepted: interval, interfaces',
  ])
})

test('the smallest configuration gets all defaults', async () => {
  const config = await load(smallest)
  expect(config.receivers.get('tap')?.config).toEqual({
    interval: 5000,
    interfaces: { include: ['*'], exclude: ['lo'] },
  })
  expect(config.exporters.get('send')?.config).toMatchObject({ endpoint: { host: 'localhost', port: 4317 } })
  expect(config.service).toMatchObject({
    shutdown_timeout: 20_000,
    telemetry: { logs: { level: 'info', encoding: 'json' }, resource: {} },
  })
})

test.each([
  ['none is named', undefined, ['cardinality_limit'], 2000],
  [
    'another one is named',
    { 'cardinality_limit/mine': { default_limit: 7 } },
    ['cardinality_limit/mine'],
    undefined,
  ],
  ['it is set and not named', { cardinality_limit: { default_limit: 7 } }, ['cardinality_limit'], 7],
])('cardinality_limit: %s', async (_, processors, ids, limit) => {
  const named = Object.keys(processors ?? {}).filter((id) => id.includes('/'))
  const pipeline = { ...smallest.service.pipelines.metrics, processors: named }
  const config = await load({ ...smallest, processors, service: { pipelines: { metrics: pipeline } } })
  expect(config.pipelines[0]?.processors).toEqual(ids)
  const standard = config.processors.get('cardinality_limit')?.config as { default_limit: number } | undefined
  expect(standard?.default_limit).toBe(limit)
})

test('variables are put in before anything is checked', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax under test
  const config = await load({ ...smallest, receivers: { tap: { interval: '${env:EVERY:-1s}' } } })
  expect(config.receivers.get('tap')?.config).toMatchObject({ interval: 1000 })
})

test('a missing variable is told once, and hides no neighbour', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax under test
  const tap = { interval: '${env:NOT_SET}', interfaces: 5 }
  const message = await complaint(load({ ...smallest, receivers: { tap, 'tap/2': { interval: 5 } } }))
  expect(message.match(/^receivers\S*/gm)).toEqual([
    'receivers::tap::interval',
    'receivers::tap::interfaces',
    'receivers::tap/2::interval',
  ])
})

test('a component with a mistake is not missing besides', async () => {
  const message = await complaint(load({ ...smallest, receivers: { tap: { interval: 5 } } }))
  expect(message).not.toContain('not declared')
})

test.each([
  [{}, 'service::pipelines  has no pipeline'],
  [{ service: null }, 'service::pipelines  has no pipeline'],
  [{ service: { pipelines: 'all' } }, 'service::pipelines  "all" is not a map'],
  [[], 'the configuration is a list, not a map'],
  [null, 'the configuration is a single value, not a map'],
  [{ ...smallest, receivers: 5 }, 'receivers  is not a map'],
  [{ ...smallest, connectors: {} }, 'connectors  is not a section'],
  [
    { ...smallest, receivers: { tap: () => {} } },
    'receivers::tap  is "function": only what YAML can say is accepted',
  ],
  [
    { ...smallest, receivers: { tap: new Map() } },
    'receivers::tap  is a Map: only what YAML can say is accepted',
  ],
])('%j: %s', async (config, message) =>
  expect((await complaint(load(config as never))).split('\n')[0]).toBe(message),
)

test("a component's own check sees right settings only", async () => {
  const send = { timeout: 5, retry: '1m' } // retry is too long, if there were a timeout
  expect(await complaint(load({ ...smallest, exporters: { send } }))).toMatch(
    /^exporters::send::timeout .*\n.*$/,
  )
})

test('of two components of one type the last counts', async () => {
  const mine = { ...(components[0] as (typeof components)[0]), schema: {} }
  const config = await loadConfig(smallest, [...components, mine as never], {})
  expect(config.receivers.get('tap')?.config).toEqual({})
})

test('an object that holds itself ends in an error', async () => {
  const circle: Record<string, unknown> = {}
  circle.again = circle
  expect(await complaint(load({ ...smallest, receivers: circle }))).toContain('is nested deeper than 32')
})
