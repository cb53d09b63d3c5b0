import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './build.ts'

/** The programs at sockets in a folder of their own, one of which the kernel refuses. */
export async function programsBut(object: string): Promise<{ folder: string } & AsyncDisposable> {
  const folder = `${await mkdtemp(join(tmpdir(), 'netsonde-'))}/`
  for (const file of await readdir(`${root}build`))
    if (/^(tcp|owners)_.*\.bpf\.o$/.test(file)) await copyFile(`${root}build/${file}`, folder + file)
  await copyFile(`${root}build/test/tcp_refused.bpf.o`, `${folder}${object}.bpf.o`)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}
