import { expect, test } from 'vitest'
import { parseFrame } from '../../src/native/capture.ts'
import { rows } from './packets.ts'

test('the table has at least 120 packets, and no two of one name', () => {
  expect(rows.length).toBeGreaterThanOrEqual(120)
  const titles = rows.map(({ title, linkType }) => `${linkType} ${title}`)
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([])
})

test.each(rows)('$linkType: $title', ({ frame, linkType, decapsulate, expected }) => {
  for (let length = 0; length <= frame.length; length++) {
    const { outcome, ...found } = parseFrame(frame.slice(0, length), linkType, decapsulate)
    delete (found as { headerBytes?: number }).headerBytes
    expect([length, outcome === 'parsed' ? found : outcome]).toEqual([length, expected(length)])
  }
})
