import { spawnSync } from 'node:child_process'
import { pathOf, promtool } from './tool.ts'

/** What promtool has to object to a scrape, line by line; nothing: it is clean. */
export function lint(scrape: string): string[] {
  const { status, stdout, stderr, error } = spawnSync(pathOf(promtool()), ['check', 'metrics'], {
    input: scrape,
    encoding: 'utf8',
  })
  if (error) throw error
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
  return status !== 0 && lines.length === 0 ? [`exit status ${status}`] : lines
}
