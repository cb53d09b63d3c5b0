import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Random } from '../../test/rig/random.ts'
import { ConfigError } from './problem.ts'
import { resolveConfig } from './resolve.ts'
import { components } from './testdata/components.ts'
import { parseYaml } from './yaml.ts'

const sample = readFileSync(new URL('testdata/wrong.yaml', import.meta.url), 'utf8')
const pieces = [
  ...'\n\t -:,{}[]&*!|>"\'#%@`?$',
  '${env:',
  '<<: ',
  '&a ',
  '*a',
  '---\n',
  '!!',
  '__proto__',
  '1e999',
  '\u0000',
  '\u202e',
]

/** Either a configuration or problems, each with a message that can be shown. */
function outcome(text: string): 'config' | 'problems' {
  const { tree, problems } = parseYaml('fuzz.yaml', text)
  try {
    if (!tree) throw new ConfigError(problems)
    resolveConfig(tree, components, {})
    return 'config'
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.problems.length).toBeGreaterThan(0)
    expect(error.message).toMatch(/^[^\0]+$/)
    return 'problems'
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('bytes at random, seed %d', (seed) => {
  const random = new Random(seed)
  for (let i = 0; i < 200; i++) {
    const bytes = Uint8Array.from({ length: random.below(80) }, () => random.below(256))
    outcome(new TextDecoder().decode(bytes))
  }
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a configuration with pieces lost, repeated and put in, seed %d',
  (seed) => {
    const random = new Random(seed)
    for (let i = 0; i < 50; i++) {
      let text = sample
      for (let edits = random.below(6); edits >= 0; edits--) {
        const at = random.below(text.length)
        const kept = text.slice(at + random.below(20))
        text = text.slice(0, at) + random.pick(['', random.pick(pieces), text.slice(at, at + 30)]) + kept
      }
      outcome(text)
    }
  },
)
