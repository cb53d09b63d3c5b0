import { readdir, readFile } from 'node:fs/promises'
import { root } from './build.ts'
import type { Path } from './network.ts'
import { sh } from './shell.ts'

/** Qdiscs and filters of the router's interfaces. */
export async function hooksOf(net: Path): Promise<string> {
  const texts: string[] = []
  for (const { interface: name } of [net.toClient, net.toServer]) {
    texts.push(await net.router.run('tc', 'qdisc', 'show', 'dev', name))
    for (const hook of ['ingress', 'egress'])
      texts.push(await net.router.run('tc', 'filter', 'show', 'dev', name, hook))
  }
  return texts.join('')
}

/** The programs, maps and links that a process holds by its file descriptors, as `prog 12`. */
export async function heldBy(pid: number): Promise<string[]> {
  const found = new Set<string>()
  for (const fd of await readdir(`/proc/${pid}/fdinfo`)) {
    const text = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '')
    const link = /^link_id:\s*(\d+)$/m.exec(text)?.[1]
    const [, kind, id] = /^(prog|map)_id:\s*(\d+)$/m.exec(text) ?? []
    if (link) found.add(`link ${link}`)
    else if (kind) found.add(`${kind} ${id}`)
  }
  return [...found]
}

/** Those that the kernel still has, a line each. It frees them when their last reader is through. */
export const stillThere = (held: readonly string[]): Promise<string> =>
  sh(`${root}build/test/bpf_exists`, ...held.flatMap((each) => each.split(' ')))
