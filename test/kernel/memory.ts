import { readdir, readFile } from 'node:fs/promises'

export interface Memory {
  /** Resident bytes of the process that no file has: pages of its program come and go as they are used. */
  readonly own: number
  /** The most that was ever resident. */
  readonly peak: number
  /** Bytes that the kernel charges for the maps that it holds, each once (`memlock`, true since kernel 6.4). */
  readonly maps: number
}

/** What a process and its BPF maps take now. */
export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const bytes = new Map<string, number>()
  for (const fd of await readdir(`/proc/${pid}/fdinfo`)) {
    const text = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '')
    const id = /^map_id:\s*(\d+)$/m.exec(text)?.[1]
    if (id) bytes.set(id, Number(/^memlock:\s*(\d+)$/m.exec(text)?.[1]))
  }
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return {
    own: field('RssAnon'),
    peak: field('VmHWM'),
    maps: bytes.values().reduce((sum, each) => sum + each, 0),
  }
}
