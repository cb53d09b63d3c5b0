import { execFileSync } from 'node:child_process'

/** A program that the tests run beside the agent, or why there is none. */
export type Tool = { readonly path: string; readonly missing: false } | { readonly missing: string }

export const otelcol = (): Tool => find('get-otelcol')
export const prometheus = (): Tool => find('get-prometheus', 'prometheus')
export const promtool = (): Tool => find('get-prometheus', 'promtool')

/** Looks, and brings nothing: that takes minutes and is the set-up's work. */
function find(script: string, ...names: string[]): Tool {
  try {
    const found = execFileSync(`${import.meta.dirname}/${script}`, ['-n', ...names], { encoding: 'utf8' })
    return { path: found.trim().split('\n').at(-1) as string, missing: false }
  } catch {
    return { missing: `not here: ${[`test/rig/${script}`, ...names].join(' ')} brings it` }
  }
}

/** @throws what is missing; a test that can be skipped asks for `missing` first */
export function pathOf(tool: Tool): string {
  if (tool.missing === false) return tool.path
  throw new Error(tool.missing)
}
