// biome-ignore-all lint/suspicious/noControlCharactersInRegex: terminals are told with them
import { expect, test } from 'vitest'
import { Screen } from './screen.ts'
import { Window } from './testdata/window.ts'

function open(columns = 20, rows = 6) {
  const window = new Window(columns, rows)
  return { window, screen: new Screen(window) }
}

test('a picture replaces the one before, whatever their sizes', () => {
  const { window, screen } = open()
  screen.print(['head'])
  screen.draw(['one', 'two', 'three'])
  expect(window.visible).toBe('head\none\ntwo\nthree')
  screen.draw(['1'])
  expect(window.visible).toBe('head\n1')
  screen.draw(['first', 'second'])
  expect(window.visible).toBe('head\nfirst\nsecond')
})

test('a message goes above the picture', () => {
  const { window, screen } = open()
  screen.draw(['a', 'b'])
  screen.print(['warning'])
  screen.draw(['c', 'd'])
  expect(window.visible).toBe('warning\nc\nd')
})

test('a message that is wrapped does not damage the picture', () => {
  const { window, screen } = open(10, 8)
  screen.draw(['a', 'b'])
  screen.print(['a long warning for a small window'])
  screen.draw(['c', 'd'])
  expect(window.visible).toBe('a long war\nning for a\n small win\ndow\nc\nd')
})

test('the highest picture that may be drawn is replaced wholly', () => {
  const { window, screen } = open(20, 6)
  for (let i = 0; i < 10; i++) screen.draw(Array.from({ length: screen.rows }, (_, row) => `${i}-${row}`))
  expect(window.visible).toBe('9-0\n9-1\n9-2\n9-3\n9-4')
})

test('each picture comes in one piece', () => {
  const { window, screen } = open()
  screen.draw(['a'])
  expect(window.sent).toMatch(/^\x1b\[\?2026h[^\0]*\x1b\[\?2026l$/)
})

test('a new size begins with an empty window', () => {
  const { window, screen } = open()
  screen.print(['head'])
  screen.draw(['a', 'b'])
  screen.reset()
  screen.draw(['c'])
  expect(window.visible).toBe('c')
})

test('at the end the cursor is below the picture, and ^C is gone', () => {
  const { window, screen } = open()
  screen.draw(['a', 'b'])
  window.write('^C') // as the terminal's driver echoes it
  screen.end()
  expect(window.visible).toBe('a\nb')
  expect(window.cursor).toEqual([2, 0])
})

test('a window of unknown size is taken for 80 by 24', () => {
  const screen = new Screen({ write() {} })
  expect([screen.columns, screen.rows]).toEqual([80, 23])
})
