import { expect, test } from 'vitest'
import { configOf } from '../../test/contract/config-of.ts'
import { temporaryDirectory } from '../../test/rig/directory.ts'
import { settingsOf } from '../../test/rig/settings.ts'
import { type AccessConfig, accessSchema, openAccess, validateAccess } from './access.ts'
import { serve } from './server.ts'

const configured = (written: object) => configOf(accessSchema, written) as AccessConfig

test.each<[object, [string, string][]]>([
  [{}, []],
  [{ allow: ['10.0.0.0/8', '::1'] }, []],
  [
    {
      tls: { cert_file: 'a', key_file: 'b', client_ca_file: 'c' },
      auth: { basic: { username: 'u', password_file: 'p' } },
    },
    [],
  ],
  [{ tls: { cert_file: '', key_file: '' }, auth: { basic: { username: '' } } }, []], // variables that are not set
  [
    { allow: ['10.0.0.0/8', '10.0.0.0/40'] },
    [
      [
        'allow::1',
        '"10.0.0.0/40" is not an address or a network; write it as 10.0.0.0/8, 192.0.2.1 or fd00::/8',
      ],
    ],
  ],
  [{ tls: { cert_file: 'a' } }, [['tls::cert_file', 'needs key_file beside it']]],
  [{ tls: { key_file: 'a' } }, [['tls::key_file', 'needs cert_file beside it']]],
  [
    { tls: { client_ca_file: 'a' } },
    [['tls::client_ca_file', 'needs cert_file and key_file: certificates of clients are shown in TLS only']],
  ],
  [{ auth: { basic: { username: 'u' } } }, [['auth::basic::username', 'needs password_file beside it']]],
  [{ auth: { basic: { password_file: 'p' } } }, [['auth::basic::password_file', 'needs username beside it']]],
])('%j has the problems %j', (written, problems) =>
  expect(validateAccess(configured(written))).toEqual(problems),
)

async function started(written: object) {
  const settings = settingsOf('prometheus')
  const access = await openAccess(configured(written), 'exporters::prometheus', settings.log)
  const asked: string[] = []
  const server = await serve(
    { host: '127.0.0.1', port: 0 },
    'here',
    ({ path }) => {
      asked.push(path)
      return { status: 200, type: 'text/plain', body: 'served' }
    },
    access,
  )
  return { ...server, settings, asked, origin: server.origin }
}

test('an address outside of the list gets 403, and the answer is not made', async () => {
  const made = await started({ allow: ['10.0.0.0/8', '::1'] })
  const response = await fetch(made.origin)

  expect([response.status, await response.text()]).toEqual([403, 'this address may not ask\n'])
  expect(made.asked).toEqual([])
  await made[Symbol.asyncDispose]()
})

test('one inside is served', async () => {
  const made = await started({ allow: ['127.0.0.0/8'] })

  expect((await fetch(made.origin)).status).toBe(200)
  await made[Symbol.asyncDispose]()
})

test('without the right password there is 401, no answer, and nothing of it in the log', async () => {
  await using directory = await temporaryDirectory()
  const passwordFile = await directory.write('password', 'hunter2\n')
  const made = await started({ auth: { basic: { username: 'scraper', password_file: passwordFile } } })
  const ask = (password: string) =>
    fetch(made.origin, {
      headers: { authorization: `Basic ${Buffer.from(`scraper:${password}`).toString('base64')}` },
    })

  const refused = await fetch(made.origin)
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
    401,
    'Basic realm="netsonde", charset="UTF-8"',
  ])
  expect((await ask('wrong')).status).toBe(401)
  expect(made.asked).toEqual([])
  expect((await ask('hunter2')).status).toBe(200)
  expect(JSON.stringify(made.settings.logged)).not.toMatch(/hunter2|wrong/)
  await made[Symbol.asyncDispose]()
})
