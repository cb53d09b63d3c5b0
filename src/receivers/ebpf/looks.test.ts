import { expect, test } from 'vitest'
import { Looks } from './looks.ts'

function counted() {
  let looks = 0
  let atOnce = 0
  let pause = Promise.withResolvers<void>()
  const made = new Looks(
    async () => {
      expect(++atOnce).toBe(1)
      looks++
      await Promise.resolve()
      atOnce--
    },
    () => {
      pause = Promise.withResolvers()
      return pause.promise
    },
  )
  return {
    looks: made,
    count: () => looks,
    /** Ends the pause, and lets what then is to happen happen. */
    async resume() {
      await new Promise(setImmediate)
      pause.resolve()
      await new Promise(setImmediate)
    },
  }
}

test('a storm of events is one look at once, and one after the pause', async () => {
  const { looks, count, resume } = counted()
  for (let i = 0; i < 100; i++) looks.ask()
  await Promise.resolve()
  for (let i = 0; i < 100; i++) looks.ask()
  expect(count()).toBe(1)
  await resume()
  expect(count()).toBe(2)
  await resume()
  expect(count()).toBe(2)
  looks.ask()
  expect(count()).toBe(3)
})

test('after the end nobody looks', async () => {
  const { looks, count, resume } = counted()
  looks.ask()
  looks.ask()
  const ended = looks.end()
  await resume()
  await ended
  looks.ask()
  expect(count()).toBe(1)
})
