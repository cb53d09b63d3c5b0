import { readdir, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { configOf } from '../../../test/contract/config-of.ts'
import { type Directory, temporaryDirectory } from '../../../test/rig/directory.ts'
import { settingsOf } from '../../../test/rig/settings.ts'
import { type FileConfig, schema } from './config.ts'
import { RotatingFile } from './rotating-file.ts'

async function opened(directory: Directory, rotation: object = {}, more: object = {}) {
  const config = configOf(schema, { path: directory.path('out.json'), rotation, ...more }) as FileConfig
  const settings = settingsOf('file')
  let nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
  const file = new RotatingFile(config, settings.log, () => nowMs)
  await file.open()
  return {
    file,
    settings,
    path: config.path,
    pass: (ms: number) => {
      nowMs += ms
    },
    text: () => readFile(config.path, 'utf8'),
    files: async () => (await readdir(dirname(config.path))).sort(),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

test('lines are there as soon as they were written', async () => {
  await using directory = await temporaryDirectory()
  await using out = await opened(directory)
  await out.file.write('{"a":1}')
  await out.file.write('{"ä":2}')

  expect(await out.text()).toBe('{"a":1}\n{"ä":2}\n')
})

test.each([
  ['{"a":1}\n', '{"a":1}\nnew\n', 0],
  ['{"a":1}\n{"b":', '{"a":1}\nnew\n', 5],
  ['{"a":', 'new\n', 5],
  ['', 'new\n', 0],
  [`${'a'.repeat(70_000)}\n${'b'.repeat(140_000)}`, `${'a'.repeat(70_000)}\nnew\n`, 140_000],
])('what is there stays, without half a line at its end (%#)', async (before, after, cut) => {
  await using directory = await temporaryDirectory()
  await directory.write('out.json', before)
  await using out = await opened(directory)
  await out.file.write('new')

  expect(await out.text()).toBe(after)
  expect(out.settings.logged.map(({ level, fields }) => [level, fields.bytes])).toEqual(
    cut > 0 ? [['warn', cut]] : [],
  )
})

test('append: false begins with nothing', async () => {
  await using directory = await temporaryDirectory()
  await directory.write('out.json', 'old\n')
  await using out = await opened(directory, {}, { append: false })
  await out.file.write('new')

  expect(await out.text()).toBe('new\n')
})

const megabyte = 'x'.repeat(2 ** 20 - 1)

test('a file that would become too large is renamed; as many stay as wanted', async () => {
  await using directory = await temporaryDirectory()
  await directory.write('out-of-this-world.json', 'not ours')
  await using out = await opened(directory, { max_megabytes: 1, max_backups: 2 })
  for (const line of ['1', megabyte, '2', megabyte, '3']) {
    await out.file.write(line)
    out.pass(1000)
  }

  expect(await out.files()).toEqual([
    'out-2026-01-02T03-04-08.006.json',
    'out-2026-01-02T03-04-09.006.json',
    'out-of-this-world.json',
    'out.json',
  ])
  expect(await out.text()).toBe('3\n')
  expect((await stat(directory.path('out-2026-01-02T03-04-09.006.json'))).size).toBe(2 ** 20)
})

test('what is exactly as large as it may be is not renamed', async () => {
  await using directory = await temporaryDirectory()
  await using out = await opened(directory, { max_megabytes: 1 })
  await out.file.write(megabyte)
  expect(await out.files()).toEqual(['out.json'])
  await out.file.write('')
  expect(await out.files()).toHaveLength(2)
})

test('renamed files go when they are too old', async () => {
  await using directory = await temporaryDirectory()
  await directory.write('out-2025-12-30T00-00-00.000.json', 'old')
  await directory.write('out-2026-01-01T12-00-00.000.json', 'younger')
  await using out = await opened(directory, { max_megabytes: 1, max_days: 1, max_backups: 0 })
  await out.file.write(megabyte)
  await out.file.write('1')

  expect(await out.files()).toEqual([
    'out-2026-01-01T12-00-00.000.json',
    'out-2026-01-02T03-04-05.006.json',
    'out.json',
  ])
})

test('a file that somebody moves away is made anew', async () => {
  await using directory = await temporaryDirectory()
  await using out = await opened(directory)
  await out.file.write('1')
  await rename(out.path, directory.path('taken'))
  await out.file.write('2')

  expect(await out.text()).toBe('2\n')
  expect(await readFile(directory.path('taken'), 'utf8')).toBe('1\n')
})

test('a device is written to', async () => {
  await using directory = await temporaryDirectory()
  await using out = await opened(directory, {}, { path: '/dev/null' })
  await out.file.write('1')
})

test('of a line that does not fit on the disk nothing stays, and the next one that fits is whole', async () => {
  // A device that takes nothing fails as a full disk does; a regular one is cut back to where it was.
  await using directory = await temporaryDirectory()
  await using full = await opened(directory, {}, { path: '/dev/full' })
  await expect(full.file.write('1')).rejects.toThrow('ENOSPC')

  await using out = await opened(directory)
  await out.file.write('1')
  const handle = (out.file as unknown as { current: { handle: { write: unknown } } }).current.handle
  const write = handle.write as (...args: unknown[]) => Promise<unknown>
  let calls = 0
  handle.write = async (bytes: Buffer, at: number, length: number, position: number) => {
    if (calls++ > 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    return write.call(handle, bytes, at, Math.min(3, length), position)
  }
  await expect(out.file.write('{"long":1}')).rejects.toThrow('no space')
  expect(await out.text()).toBe('1\n')
  handle.write = write
  await out.file.write('2')
  expect(await out.text()).toBe('1\n2\n')
})

test.each([
  [{ path: '/nowhere/out.json' }, /path: ENOENT.*\/nowhere/],
  [{ path: '/' }, /path: /],
])('%j is refused at the start', async (written, message) => {
  await using directory = await temporaryDirectory()
  await expect(opened(directory, {}, written)).rejects.toThrow(message)
})

test('a directory that is not there is made where that is wanted', async () => {
  await using directory = await temporaryDirectory()
  const path = directory.path('a/b/out.json')
  await using out = await opened(directory, {}, { path, create_directory: true })
  await out.file.write('1')

  expect(await readFile(path, 'utf8')).toBe('1\n')
})
