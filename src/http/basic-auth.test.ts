import { expect, test } from 'vitest'
import { type Directory, temporaryDirectory } from '../../test/rig/directory.ts'
import { settingsOf } from '../../test/rig/settings.ts'
import { basicAuth } from './basic-auth.ts'

const setting = 'exporters::prometheus::auth::basic::password_file'
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`

function made(passwordFile: string, settings = settingsOf('prometheus')) {
  return basicAuth({ username: 'scraper', passwordFile, setting, log: settings.log })
}
async function withPassword(directory: Directory, contents = 'hunter2:ü\n') {
  return made(await directory.write('password', contents))
}

test.each<[string, string | undefined, boolean]>([
  ['the right ones', basic('scraper:hunter2:ü'), true],
  ['the scheme in capitals', basic('scraper:hunter2:ü').replace('Basic', 'BASIC'), true],
  ['another password', basic('scraper:hunter3'), false],
  ['a longer password', basic('scraper:hunter2:üü'), false],
  ['no password', basic('scraper:'), false],
  ['another user', basic('Scraper:hunter2:ü'), false],
  ['no colon', basic('scraper'), false],
  ['nothing', undefined, false],
  ['an empty header', '', false],
  ['a scheme alone', 'Basic ', false],
  ['another scheme', 'Bearer hunter2', false],
  ['no base64', 'Basic ~~~~', false],
])('%s: %s is let in: %s', async (_, header, expected) => {
  await using directory = await temporaryDirectory()
  const authenticate = await withPassword(directory)

  expect(await authenticate(header)).toBe(expected)
})

test.each(['hunter2\r\n', 'hunter2\nnot this line\n', 'hunter2'])(
  'the first line is the password: %j',
  async (text) => {
    await using directory = await temporaryDirectory()
    const authenticate = await withPassword(directory, text)

    expect(await authenticate(basic('scraper:hunter2'))).toBe(true)
  },
)

test('a new password counts at once; a file that is gone or empty leaves the last one, and is told once', async () => {
  await using directory = await temporaryDirectory()
  const settings = settingsOf('prometheus')
  const authenticate = await made(await directory.write('password', 'old'), settings)
  await directory.write('password', 'new')
  expect(await authenticate(basic('scraper:old'))).toBe(false)
  expect(await authenticate(basic('scraper:new'))).toBe(true)

  await directory.write('password', '\n')
  expect(await authenticate(basic('scraper:'))).toBe(false)
  expect(await authenticate(basic('scraper:new'))).toBe(true)
  expect(settings.logged.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'the password that was read before still counts'],
  ])
})

test('a file that cannot be read, or is empty, ends the start with its setting', async () => {
  await using directory = await temporaryDirectory()
  await expect(made(directory.path('none'))).rejects.toMatchObject({
    code: 'PASSWORD_UNUSABLE',
    message: expect.stringMatching(`^${setting}: .*none cannot be read \\(ENOENT\\)`),
  })
  await expect(withPassword(directory, '\nsecond\n')).rejects.toThrow(`${setting}: the first line of`)
})
