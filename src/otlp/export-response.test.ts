import { expect, test } from 'vitest'
import { retryInfo } from '../../test/rig/otlp-server.ts'
import { Random } from '../../test/rig/random.ts'
import { readExportResponse, readRetryDelayMs, readStatusMessage } from './export-response.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

test.each([
  ['', 0, ''],
  ['0a 00', 0, ''],
  ['0a 06 08 02 12 02 6869', 2, 'hi'],
  ['0a 03 08 ac02', 300, ''],
  ['0a 04 12 02 6869', 0, 'hi'],
  ['0a 0b 08 ff ff ff ff ff ff ff ff ff 01', 0, ''], // -1: rejected nothing
  ['12 01 61 0a 02 08 01 1d 00000000 21 0000000000000000', 1, ''], // with fields that nobody knows
])('the answer %j: %d rejected, %j', (hex, rejected, message) => {
  expect(readExportResponse(bytes(hex))).toEqual({ rejected, message })
})

test.each([
  ['0a 05 08'],
  ['0a'],
  ['0b'],
  ['08 ff ff ff'],
  ['an integer of 151 bytes', `0a 98 01 08 ${'ff '.repeat(150)} 00`],
])('the answer %s is not one', (name, hex = name) => {
  expect(() => readExportResponse(bytes(hex))).toThrow(RangeError)
})

/** A status whose RetryInfo has this duration. */
function withDelay(hex: string): Buffer {
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.of(number * 8 + 2, content.length), content])
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo')
  return field(3, Buffer.concat([field(1, type), field(2, field(1, bytes(hex)))]))
}

test.each([
  ['7 seconds', retryInfo(14, 7), 7000],
  ['half a second', withDelay('10 80 cab5ee01'), 500],
  ['less than nothing', withDelay('08 ff ff ff ff ff ff ff ff ff 01'), 0],
  ['no details', bytes('08 0e'), undefined],
  ['half of it', retryInfo(14, 7).subarray(0, -1), undefined],
  ['no protobuf', Buffer.from('<html>'), undefined],
])('RetryInfo: %s', (_, status, ms) => {
  expect(readRetryDelayMs(status)).toBe(ms)
})

test('the text of a status', () => {
  expect([bytes('08 0e 12 02 6869'), bytes('08 0e'), Buffer.from('<html>')].map(readStatusMessage)).toEqual([
    'hi',
    '',
    '',
  ])
})

test('whatever a receiver answers, reading it ends, and fails with RangeError at most', () => {
  const random = new Random(1)
  let refused = 0
  for (let i = 0; i < 20_000; i++) {
    const answer = Buffer.from(random.below(2) ? retryInfo(14, 7) : bytes('0a 06 08 02 12 02 6869'))
    for (let n = random.below(4); n >= 0; n--) answer[random.below(answer.length)] = random.below(256)
    readRetryDelayMs(answer)
    readStatusMessage(answer)
    try {
      expect(readExportResponse(answer).rejected).toBeGreaterThanOrEqual(0)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      refused++
    }
  }
  expect(refused).toBeGreaterThan(1000)
})
