import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { components } from './testdata/components.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function load(...contents: (string | Uint8Array)[]) {
  const files = contents.map((_, i) => join(folder, `${i}.yaml`))
  for (const [i, content] of contents.entries()) await writeFile(files[i] as string, content)
  return loadConfig({ files }, components, {})
}

const whole = `
receivers: {tap: {interval: 1s, interfaces: {include: [eth0]}}}
exporters: {send: {}}
service: {pipelines: {metrics: {receivers: [tap], exporters: [send]}}}
`

test('a later file adds to an earlier one and wins over it', async () => {
  const config = await load(whole, 'receivers: {tap: {interval: 2s}, tap/b: {}}\nexporters:\n')
  expect([...config.receivers.keys()]).toEqual(['tap', 'tap/b'])
  expect(config.receivers.get('tap')?.config).toEqual({
    interval: 2000,
    interfaces: { include: ['eth0'], exclude: ['lo'] },
  })
})

test('a mistake is told with the file that it is in', async () => {
  await expect(load(whole, 'receivers: {tap: {interval: 5}}')).rejects.toThrow(
    `${join(folder, '1.yaml')}:1:29  receivers::tap::interval  5 has no unit`,
  )
})

test.each([
  ['not UTF-8', new Uint8Array([0x61, 0xff]), '0.yaml  is not UTF-8 text'],
  ['empty', '', '0.yaml  is empty'],
])('%s', async (_, content, message) => {
  await expect(load(content)).rejects.toThrow(join(folder, message))
})

test.each([
  ['missing.yaml', 'is not there'],
  ['', 'is a directory'],
])('%j %s', async (name, message) => {
  const files = [join(folder, name)]
  await expect(loadConfig({ files }, components, {})).rejects.toThrow(`${files[0]}  ${message}`)
})
