import { describe, expect, test } from 'vitest'
import { settingsIn } from '../../scripts/settings-reference.ts'
import type { Component } from '../../src/pipeline/component.ts'
import { settingsOf } from '../rig/settings.ts'
import { casesOf } from './cases.ts'
import { configOf } from './config-of.ts'

const nowhere = { consume() {} }
// A receiver needs what it receives from: its lifecycle is tested where that is.
const cases = [...casesOf('processor'), ...casesOf('exporter'), ...casesOf('extension')]

describe.each(cases)('$name', ({ factory, written }) => {
  async function made(): Promise<Component> {
    const config = configOf(factory.schema, written)
    const settings = settingsOf(factory.type)
    return factory.kind === 'processor'
      ? factory.create(config, settings, nowhere)
      : factory.create(config, settings)
  }

  test('is disposed without having been started, twice', async () => {
    const component = await made()
    await component[Symbol.asyncDispose]()
    await component[Symbol.asyncDispose]()
  })

  test('is started and disposed, twice', async () => {
    const component = await made()
    await component.start()
    await component[Symbol.asyncDispose]()
    await component[Symbol.asyncDispose]()
  })

  test('is disposed twice at the same time', async () => {
    const component = await made()
    await component.start()
    await Promise.all([component[Symbol.asyncDispose](), component[Symbol.asyncDispose]()])
  })

  test('leaves nothing that keeps another of its kind from starting', async () => {
    for (let i = 0; i < 2; i++) {
      await using component = await made()
      await component.start()
    }
  })

  test('accepts its own defaults beside what has none', () => {
    expect(factory.validate?.(configOf(factory.schema, written)) ?? []).toEqual([])
  })

  test('says of each setting what it is', () => {
    const silent = settingsIn(factory.schema).filter(([, setting]) => !setting.doc)

    expect(silent.map(([path]) => path)).toEqual([])
  })
})
