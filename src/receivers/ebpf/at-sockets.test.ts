import { expect, test } from 'vitest'
import type { Cgroups } from '../../native/cgroups.ts'
import type { FlowColumns } from '../../native/generation.ts'
import { createLogger, type LogRecord } from '../../pipeline/log.ts'
import { AtSockets } from './at-sockets.ts'

/** A node whose cgroup2 file system is at /cg. */
function node({
  top = '/',
  isWhole = true,
  refusal,
}: {
  top?: string
  isWhole?: boolean
  refusal?: Error
} = {}) {
  const log: LogRecord[] = []
  const done: string[] = []
  const programs = {
    attachCgroup(directory: string) {
      if (refusal) throw refusal
      done.push(directory)
    },
  }
  const tree = {
    findCgroupMount: () => ({ directory: '/cg', isWhole }),
    async readCgroups(directory: string): Promise<Cgroups> {
      done.push(`read ${directory}`)
      return { numbers: Uint32Array.of(5), paths: ['/pod'] }
    },
  }
  const logger = createLogger('receivers::ebpf', (each) => log.push(each), Date.now)
  return {
    sockets: new AtSockets(programs, top, logger, tree),
    done,
    told: () => log.map(({ fields }) => fields),
  }
}

test('the programs stand at the root, and the log says where', async () => {
  const { sockets, done, told } = node()
  await sockets.begin()
  expect(done).toEqual(['/cg'])
  expect(told()).toEqual([{ name: '/cg', kind: 'cgroup2', attach: 'cgroup' }])
  expect(sockets.capabilities.map(({ feature, state }) => [feature, state])).toEqual([
    ['attach.tcx', 'disabled'],
    ['attach.tc', 'disabled'],
    ['attach.cgroup', 'available'],
  ])
})

test.each([
  ['a part of the tree', { top: '/kubepods.slice' }, '/cg/kubepods.slice'],
  ['the root of a container', { isWhole: false }, '/cg'],
])('%s is not all, and the log says so', async (_, how, directory) => {
  const { sockets, done, told } = node(how)
  await sockets.begin()
  expect(done).toEqual([directory])
  expect(told()[0]?.reason).toMatch(/not the root/)
})

test('cgroups have the names that they have from the top of the file system on', async () => {
  const { sockets, done } = node({ top: '/kubepods.slice' })
  await sockets.begin()
  const flows = { hooks: Uint32Array.of((5 << 2) | 3) } as unknown as FlowColumns
  const cgroups = await sockets.cgroupsOf(flows)
  expect(cgroups.value(cgroups.id(5))).toBe('0::/kubepods.slice/pod')
  expect(done).toEqual(['/cg/kubepods.slice', 'read /cg/kubepods.slice'])
})

test('where the programs cannot stand the start fails with the reason and what to do', async () => {
  const { sockets } = node({
    refusal: new Error('creating a cgroup_skb link at /cg: Operation not permitted'),
  })
  await expect(sockets.begin()).rejects.toThrow(
    'no sockets can be seen: creating a cgroup_skb link at /cg: Operation not permitted. Set attach to auto, tcx or tc',
  )
  expect(sockets.capabilities.at(-1)).toEqual({ feature: 'attach.cgroup', state: 'unknown' })
})
