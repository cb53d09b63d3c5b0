import { expect, test } from 'vitest'
import { settingsOf } from '../../../test/rig/settings.ts'
import { createHealthCheck, goDuration } from './extension.ts'

const endpoint = { host: 'localhost', port: 0 }

test('says what ready() says, each time anew, at any path', async () => {
  let ready = false
  let nowMs = Date.UTC(2030, 0, 1)
  const settings = settingsOf('health_check', { ready: () => ready, now: () => nowMs })
  await using health = createHealthCheck({ endpoint }, settings)
  await health.start()
  const { fields } = await settings.said('listening')
  const ask = async (path = '') => {
    const response = await fetch(`${fields.url}${path}`)
    return [response.status, response.headers.get('content-type'), await response.json()]
  }

  expect(fields).toEqual({ what: 'health', url: expect.stringMatching(/^http:\/\/localhost:\d+$/) })
  const down = { status: 'Server not available', upSince: '0001-01-01T00:00:00Z', uptime: '' }
  expect(await ask()).toEqual([503, 'application/json', down])

  ready = true
  nowMs += 61_500
  const up = { status: 'Server available', upSince: '2030-01-01T00:00:00.000Z', uptime: '1m1.5s' }
  expect(await ask('/any/path')).toEqual([200, 'application/json', up])

  ready = false
  expect(await ask()).toEqual([503, 'application/json', down])
})

test('a port in use is refused from start, with the setting', async () => {
  const settings = settingsOf('health_check')
  await using health = createHealthCheck({ endpoint }, settings)
  await health.start()
  const port = Number(new URL(String((await settings.said('listening')).fields.url)).port)
  await using second = createHealthCheck({ endpoint: { host: 'localhost', port } }, settings)

  await expect(second.start()).rejects.toThrow('extensions::health_check::endpoint: localhost:')
})

test.each([
  [0, '0s'],
  [1500, '1.5s'],
  [60_000, '1m0s'],
  [3_723_004, '1h2m3.004s'],
  [90_000_000, '25h0m0s'],
])('%i ms is %s', (ms, text) => expect(goDuration(ms)).toBe(text))
