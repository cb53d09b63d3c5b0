import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { settingsOf } from '../../test/rig/settings.ts'
import { ExporterCounters } from './counters.ts'
import { type PushConfig, Pusher } from './pusher.ts'
import type { Outcome } from './sender.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const accepted: Outcome = { kind: 'accepted', rejected: 0, message: '' }
const failed = (more: object = {}): Outcome => ({
  kind: 'failed',
  type: 'UNAVAILABLE',
  message: 'away',
  retryable: true,
  unclear: false,
  tooLarge: false,
  ...more,
})
const HANGS = 'hangs'

/** Pushes of `requests` requests with 3 points, of which 2 are deltas; outcomes one after another, then accepted. */
function pushing(
  outcomes: (Outcome | typeof HANGS)[],
  { requests = 1, ...more }: Partial<PushConfig> & { requests?: number } = {},
) {
  const settings = settingsOf('otlp_grpc', { now: () => Date.now() })
  const begun = performance.now()
  const sent: string[] = []
  const at: number[] = []
  let [arrived, acknowledged, leave, sizes] = [0, 0, () => {}, [] as number[]]
  const config: PushConfig = {
    interval: 60_000,
    timeout: 5000,
    max_message_size_mib: 4,
    headers: { authorization: 'Bearer hunter2', empty: '' },
    retry_on_failure: {
      enabled: true,
      initial_interval: 1000,
      randomization_factor: 0,
      multiplier: 2,
      max_interval: 10_000,
    },
    ...more,
  }
  const pusher = new Pusher(
    config,
    {
      *read(_, maxBytes) {
        sizes.push(maxBytes)
        for (let i = 0; i < requests; i++) {
          yield { bytes: new Uint8Array(1000), points: 3, deltas: 2, acknowledge: () => void arrived++ }
        }
      },
      acknowledge: () => void acknowledged++,
    },
    {
      async send(_, timeoutMs) {
        at.push(Math.round(performance.now() - begun))
        sent.push(`${timeoutMs}`)
        const outcome = outcomes.shift() ?? accepted
        if (outcome !== HANGS) return outcome
        const { promise, resolve } = Promise.withResolvers<Outcome>()
        leave = () => resolve(failed({ unclear: true }))
        return promise
      },
      hangUp: () => leave(),
    },
    new ExporterCounters(settings.telemetry, 'otlp_grpc', settings.now),
    settings,
    'collector:4317',
  )
  pusher.start()
  const counted = () =>
    Object.fromEntries(
      [...settings.telemetry].flatMap((series) =>
        [...series].map(({ attributes, value }) => [Object.values(attributes)[1], value]),
      ),
    )
  return {
    pusher,
    at,
    sent,
    sizes,
    counted,
    settings,
    arrived: () => arrived,
    acknowledged: () => acknowledged,
  }
}

test('each interval has a push, on time whatever the last one took', async () => {
  const { at, acknowledged, arrived } = pushing([], { requests: 2 })
  await vi.advanceTimersByTimeAsync(180_000)

  expect(at).toEqual([60_000, 60_000, 120_000, 120_000, 180_000, 180_000])
  expect([arrived(), acknowledged()]).toEqual([6, 3])
})

test.each<[string, Outcome[], object, number[]]>([
  ['what may pass follows the back-off', [failed(), failed(), failed()], {}, [60, 61, 63, 67, 120]],
  ['not before the receiver wants it', [failed({ afterMs: 7000 })], {}, [60, 67, 120]],
  ['the back-off begins anew after a success', [failed(), accepted, failed()], {}, [60, 61, 120, 121, 180]],
  ['what does not pass waits for the interval', [failed({ retryable: false })], {}, [60, 120, 180]],
  [
    'without retry_on_failure all wait for the interval',
    [failed({ afterMs: 7000 })],
    {
      retry_on_failure: {
        enabled: false,
        initial_interval: 1,
        randomization_factor: 0,
        multiplier: 1,
        max_interval: 1,
      },
    },
    [60, 120, 180],
  ],
  [
    'a back-off that is longer than the interval is not cut short by it',
    [failed({ afterMs: 100_000 })],
    {},
    [60, 160, 180],
  ],
])('%s', async (_, outcomes, more, seconds) => {
  const { at } = pushing(outcomes, more)
  await vi.advanceTimersByTimeAsync((seconds.at(-1) as number) * 1000)

  expect(at.map((ms) => ms / 1000)).toEqual(seconds)
})

test('after a failure that may pass the rest is not tried; after one that does not, it is', async () => {
  const passing = pushing([failed()], { requests: 3 })
  const lasting = pushing([failed({ retryable: false })], { requests: 3 })
  await vi.advanceTimersByTimeAsync(60_000)

  expect([passing.at.length, passing.arrived(), passing.acknowledged()]).toEqual([1, 0, 0])
  expect([lasting.at.length, lasting.arrived(), lasting.acknowledged()]).toEqual([3, 2, 0])
})

test.each([
  ['arrived', accepted, { accepted: 3 }],
  ['arrived in part', { ...accepted, rejected: 1 }, { accepted: 2, rejected: 1 }],
  ['arrived, and more than there was is rejected', { ...accepted, rejected: 2 ** 40 }, { rejected: 3 }],
  ['did not arrive', failed({ type: '503' }), { failed: 3, 503: 1 }],
  ['may have arrived', failed({ unclear: true }), { failed: 1, unclear: 2, UNAVAILABLE: 1 }],
] as const)('what %s is counted', async (_, outcome, counts) => {
  const { counted } = pushing([outcome])
  await vi.advanceTimersByTimeAsync(60_000)

  expect(counted()).toEqual(counts)
})

test('a receiver that takes smaller ones gets half each time, down to 64 KiB', async () => {
  const { sizes } = pushing(Array.from({ length: 3 }, () => failed({ retryable: false, tooLarge: true })))
  await vi.advanceTimersByTimeAsync(180_000)

  expect(sizes).toEqual([4 * 2 ** 20, 64 * 1024, 64 * 1024])
})

test('an outage is told with each reason once, and when it is over', async () => {
  const hung = failed({ type: 'DEADLINE_EXCEEDED', message: 'hangs' })
  const { settings } = pushing([failed(), hung, failed(), hung])
  await vi.advanceTimersByTimeAsync(120_000)

  expect(settings.logged.map(({ level, fields }) => [level, fields.error ?? fields.failed])).toEqual([
    ['warn', 'away'],
    ['warn', 'hangs'],
    ['info', 4],
  ])
})

test('the end waits for what is under way up to half of the timeout, then sends anew', async () => {
  const { pusher, at, sent } = pushing([HANGS])
  await vi.advanceTimersByTimeAsync(60_000)
  const closed = pusher.close()
  await vi.advanceTimersByTimeAsync(2500)
  await closed

  expect([at, sent]).toEqual([
    [60_000, 62_500],
    ['5000', '2500'],
  ])
})

test('the end during a back-off does not wait for it', async () => {
  const { pusher, at } = pushing([failed({ afterMs: 500_000 })])
  await vi.advanceTimersByTimeAsync(61_000)
  await pusher.close()

  expect(at).toEqual([60_000, 61_000])
})

test('the end gives up after five seconds, whatever the timeout', async () => {
  const { pusher, settings, sent } = pushing([failed({ message: 'gone' })], { timeout: 3_600_000 })
  await pusher.close()

  expect(sent).toEqual(['5000'])
  expect(settings.logged).toMatchObject([
    { level: 'error', message: 'the last export did not arrive', fields: { error: 'gone' } },
  ])
})

test.each<[string, Outcome]>([
  ['refuses', failed({ message: `I do not know Bearer hunter2, ${'x'.repeat(10_000)}` })],
  ['knows a part of one', failed({ message: `no such token: hunter2 ${'x'.repeat(10_000)}` })],
  ['rejects', { ...accepted, rejected: 1, message: `not for Bearer hunter2 ${'x'.repeat(10_000)}` }],
])('a receiver that %s may repeat a header, and say much: no line does', async (_, outcome) => {
  const { pusher, settings } = pushing([outcome, outcome])
  await vi.advanceTimersByTimeAsync(60_000)
  await pusher.close()

  const lines = settings.logged.map(({ fields }) => JSON.stringify(fields))
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) {
    expect(line).toContain('***')
    expect(line).not.toContain('hunter2')
    expect(line.length).toBeLessThan(700)
  }
})

test('a header that is no secret leaves the reason as it is', async () => {
  const { pusher, settings } = pushing([failed({ message: 'connect ECONNREFUSED 127.0.0.1:4317' })], {
    headers: { 'x-scope-orgid': '1' },
  })
  await vi.advanceTimersByTimeAsync(60_000)
  await pusher.close()

  expect(settings.logged[0]?.fields.error).toBe('connect ECONNREFUSED 127.0.0.1:4317')
})
