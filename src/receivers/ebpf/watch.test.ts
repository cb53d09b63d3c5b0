import { expect, test } from 'vitest'
import { generation } from '../../../test/rig/generation.ts'
import type { LinkType } from '../../native/datapath.ts'
import type { InterfaceListener, NetworkInterface } from '../../native/interfaces.ts'
import { createLogger, type LogRecord } from '../../pipeline/log.ts'
import type { AttachMode } from './attach.ts'
import { Watch } from './watch.ts'

const veth = (
  index: number,
  name = `veth${index}`,
  more: Partial<NetworkInterface> = {},
): NetworkInterface => ({
  index,
  name,
  kind: 'veth',
  type: 1,
  master: 0,
  link: 0,
  tunnelPort: 0,
  ...more,
})

const failing = (code: string) => Object.assign(new Error(`attaching: ${code}`), { code })

/** A kernel whose interfaces the test sets, and a watch on it. Everything that is done to it is in `done`. */
function node(mode: AttachMode = 'tcx', globs = { include: ['*'], exclude: ['lo'] }) {
  const log: LogRecord[] = []
  const done: string[] = []
  const refusals = new Map<string, string>()
  let interfaces: NetworkInterface[] = []
  let listener: InterfaceListener | undefined
  let looked = Promise.withResolvers<void>()
  const programs = {
    named: () => {},
    async attach(index: number, link: LinkType, how: string) {
      const code = refusals.get(`${how} ${index}`) ?? refusals.get(how)
      if (code) throw failing(code)
      done.push(`${how} ${index} ${link}`)
      return false
    },
    async release(index: number) {
      done.push(`release ${index}`)
    },
  }
  const watch = new Watch(
    programs,
    globs,
    mode,
    createLogger('receivers::ebpf', (each) => log.push(each), Date.now),
    {
      readInterfaces: () => interfaces,
      removeStaleFilters: () => false,
      monitorInterfaces(to) {
        listener = to
        return {
          [Symbol.dispose]() {
            listener = undefined
          },
        }
      },
      patience: () => new Promise(() => {}),
      async pause() {
        looked.resolve()
        looked = Promise.withResolvers()
      },
    },
  )
  return {
    watch,
    done,
    refusals,
    set: (...now: NetworkInterface[]) => {
      interfaces = now
    },
    event: (...removed: number[]) => listener?.(Uint32Array.from(removed), false),
    /** The kernel's list becomes `now`, one event tells so, and the watch has looked. */
    async change(now: NetworkInterface[], ...removed: number[]) {
      interfaces = now
      const { promise } = looked
      listener?.(Uint32Array.from(removed), false)
      await promise
    },
    async turn() {
      const { promise } = looked
      watch.turn()
      await promise
    },
    told: () => log.filter(({ message }) => message === 'interface').map(({ fields }) => fields),
    listening: () => listener !== undefined,
  }
}

async function begun(interfaces: NetworkInterface[], ...how: Parameters<typeof node>) {
  const made = node(...how)
  made.set(...interfaces)
  await made.watch.begin()
  made.done.length = 0
  return made
}

const bond = veth(9, 'bond0', { kind: 'bond' })
const bridge = veth(9, 'br0', { kind: 'bridge' })

test.each<[string, NetworkInterface[], NetworkInterface[], number[], string[]]>([
  ['a new interface is attached', [veth(2)], [veth(2), veth(3)], [], ['tcx 3 ethernet']],
  ['one that went is let go of', [veth(2), veth(3)], [veth(2)], [3], ['release 3']],
  ['also if its event was lost', [veth(2), veth(3)], [veth(2)], [], ['release 3']],
  ['an index in use again is attached anew', [veth(2)], [veth(2)], [2], ['release 2', 'tcx 2 ethernet']],
  ['a new name that is excluded is let go of', [veth(2)], [veth(2, 'lo')], [], ['release 2']],
  ['a new name that is included is attached', [veth(2, 'lo')], [veth(2)], [], ['tcx 2 ethernet']],
  ['a new name changes nothing else', [veth(2)], [veth(2, 'eth0')], [], []],
  ['a bond’s new port is let go of', [veth(2), bond], [veth(2, 'p', { master: 9 }), bond], [], ['release 2']],
  [
    'a bond’s former port is attached',
    [veth(2, 'p', { master: 9 }), bond],
    [veth(2), bond],
    [],
    ['tcx 2 ethernet'],
  ],
  [
    'a bridge’s new port stays attached',
    [veth(2), bridge],
    [veth(2, 'veth2', { master: 9 }), bridge],
    [],
    [],
  ],
  [
    'another link type gets the other programs',
    [veth(2)],
    [veth(2, 'tun0', { type: 65534 })],
    [],
    ['release 2', 'tcx 2 ip'],
  ],
  ['an event without a change does nothing', [veth(2)], [veth(2)], [], []],
])('%s', async (_, before, after, removed, expected) => {
  const { change, done } = await begun(before)
  await change(after, ...removed)
  expect(done).toEqual(expected)
})

test('a WireGuard device has another port, of which there is no event: the next interval knows it', async () => {
  const wireguard = (tunnelPort: number) => veth(2, 'wg0', { kind: 'wireguard', type: 65534, tunnelPort })
  const { watch, set, turn } = await begun([wireguard(51820)])
  const { flows } = generation([
    { seen: [], local: 0b0101, protocol: 17, lower: ['10.0.0.1', 4444], higher: ['10.0.0.2', 9] },
  ])
  expect(watch.tunnels.wraps(flows, 0, 0)).toBe(false)
  set(wireguard(4444))
  await turn()
  expect(watch.tunnels.wraps(flows, 0, 0)).toBe(true)
})

test('an interface that comes while the first ones are attached is not missed', async () => {
  const { watch, set, change, done } = node()
  set(veth(2))
  const beginning = watch.begin()
  const changed = change([veth(2), veth(3)])
  await beginning
  await changed
  expect(done).toEqual(['tcx 2 ethernet', 'tcx 3 ethernet'])
})

test('a failure at one interface stops no other, is told once, and is tried again each generation', async () => {
  const { refusals, change, turn, done, told } = await begun([veth(2)])
  refusals.set('tcx 3', 'EBUSY')
  await change([veth(2), veth(3), veth(4)])
  await turn()
  await change([veth(2), veth(3), veth(4)])
  const failure = {
    name: 'veth3',
    kind: 'veth',
    attach: null,
    reason: 'TCX failed: attaching: EBUSY. Set attach to auto or tc',
  }
  expect(told().filter(({ name }) => name === 'veth3')).toEqual([failure])
  expect(done).toEqual(['tcx 4 ethernet'])

  refusals.clear()
  await turn()
  expect(told().at(-1)).toEqual({ name: 'veth3', kind: 'veth', attach: 'tcx' })
})

test('an interface that went while it was attached is no failure', async () => {
  const { refusals, change, told } = await begun([veth(2)])
  refusals.set('tcx 3', 'ENODEV')
  await change([veth(2), veth(3)])
  expect(told()).toHaveLength(1)
})

test('a kernel without TCX is asked once, and each interface says why it has clsact', async () => {
  const made = node('auto')
  made.refusals.set('tcx', 'EINVAL')
  made.set(veth(2), veth(3))
  await made.watch.begin()
  expect(made.done).toEqual(['tc 2 ethernet', 'tc 3 ethernet'])
  const reason = 'the kernel refuses TCX, which needs 6.6: attaching: EINVAL; clsact is used instead'
  expect(made.told().map((each) => each.reason)).toEqual([reason, reason])
  expect(made.watch.capabilities).toEqual([
    { feature: 'attach.tcx', state: 'unavailable', reason: 'kernel' },
    { feature: 'attach.tc', state: 'available' },
    { feature: 'attach.cgroup', state: 'disabled', reason: 'configuration' },
  ])
})

test.each<[AttachMode, string, string]>([
  [
    'tcx',
    'EINVAL',
    'no interface could be attached: veth2: the kernel refuses TCX, which needs 6.6: attaching: EINVAL. Set attach to auto or tc',
  ],
  ['tc', 'EADDRINUSE', 'no interface could be attached: veth2: attaching: EADDRINUSE'],
])('%s that nowhere works (%s) refuses the start', async (mode, code, message) => {
  const { refusals, set, watch } = node(mode)
  refusals.set(mode, code)
  set(veth(2))
  await expect(watch.begin()).rejects.toMatchObject({ code: 'ATTACH_FAILED', message })
})

test('the name of an interface that went stays until its last generation is out', async () => {
  const { watch, change } = await begun([veth(2)])
  await change([], 2)
  watch.turn() // ends the generation in which it went
  expect(watch.names.value(2)).toBe('veth2')
  watch.turn()
  expect(watch.names.value(2)).toBe('unknown')
})

test('end lets go of all, hears nothing more and then says so, also unbegun', async () => {
  const unbegun = node()
  await unbegun.watch.end(() => unbegun.done.push('closed'))
  expect(unbegun.done).toEqual(['closed'])

  const { watch, done, event, ...made } = await begun([veth(2), veth(3, 'lo'), veth(4)])
  await watch.end(() => done.push('closed'))
  event(2)
  expect(done).toEqual(['release 2', 'release 4', 'closed'])
  expect(made.listening()).toBe(false)
})
