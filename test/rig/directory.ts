import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Directory extends AsyncDisposable {
  /** Writes a file, anew where it is there, and returns its path. */
  write(name: string, text: string): Promise<string>
  path(name: string): string
}

/** An empty directory, gone with all that is in it when disposed. */
export async function temporaryDirectory(): Promise<Directory> {
  const root = await mkdtemp(join(tmpdir(), 'netsonde-test-'))
  const path = (name: string) => join(root, name)
  return {
    path,
    async write(name, text) {
      await writeFile(path(name), text)
      return path(name)
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}
