import { readdir, readFile } from 'node:fs/promises'
import { line } from '../test/kernel/shell.ts'

const SETTING = 'kernel.bpf_stats_enabled'

export interface Runs {
  readonly count: number
  readonly ns: number
}

/** Lets the kernel time its BPF programs for as long as this is there. The setting is the whole machine's. */
export async function timePrograms(): Promise<AsyncDisposable> {
  const before = (await line(`sysctl -n ${SETTING}`)).trim()
  await line(`sysctl -q -w ${SETTING}=1`)
  return {
    async [Symbol.asyncDispose]() {
      await line(`sysctl -q -w ${SETTING}=${before}`)
    },
  }
}

/** How often the programs that a process holds ran so far, and for how long, by their ids. */
export async function runsOf(pid: number | 'self'): Promise<Map<number, Runs>> {
  const runs = new Map<number, Runs>()
  for (const fd of await readdir(`/proc/${pid}/fdinfo`)) {
    const text = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '')
    const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1])
    // A link's descriptor has a prog_id as well, but no times.
    if (!text.includes('run_cnt')) continue
    runs.set(field('prog_id'), { count: field('run_cnt'), ns: field('run_time_ns') })
  }
  return runs
}

/** CPU time of all threads of a process so far. */
export async function cpuNsOf(pid: number): Promise<number> {
  let ns = 0
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')
    ns += Number(text.split(' ')[0])
  }
  return ns
}
