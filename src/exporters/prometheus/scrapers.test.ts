import { expect, test } from 'vitest'
import { SeriesStore } from '../../pipeline/series-store.ts'
import { Scrapers } from './scrapers.ts'

const MINUTE = 60_000

function made() {
  const store = new SeriesStore()
  const cursor = store.cursor()
  const scrapers = new Scrapers(new Map([[store, cursor]]))
  const served = (peer: string, asOf: number, nowMs = 0) =>
    scrapers.served(peer, new Map([[store, asOf]]), nowMs)
  return { served, cursor }
}

test('one scraper acknowledges what it got', () => {
  const { served, cursor } = made()
  expect(cursor.acknowledged).toBe(0)
  served('10.0.0.1', 5)
  expect(cursor.acknowledged).toBe(5)
})

test('of two, the one that has less is waited for', () => {
  const { served, cursor } = made()
  served('10.0.0.1', 5)
  served('10.0.0.2', 5)
  served('10.0.0.1', 7)
  expect(cursor.acknowledged).toBe(5)
  served('10.0.0.2', 8)
  expect(cursor.acknowledged).toBe(7)
})

test('until it has not come for five minutes', () => {
  const { served, cursor } = made()
  served('10.0.0.1', 5, 0)
  served('10.0.0.2', 7, 5 * MINUTE)
  expect(cursor.acknowledged).toBe(5)
  served('10.0.0.2', 7, 5 * MINUTE + 1)
  expect(cursor.acknowledged).toBe(7)
})

test('of very many, the latest are waited for', () => {
  const { served, cursor } = made()
  for (let i = 0; i < 65; i++) served(`peer ${i}`, 10 + i)
  expect(cursor.acknowledged).toBe(11)
})
