import { expect, test, vi } from 'vitest'
import { generation } from '../../../test/rig/generation.ts'
import { OWNER_QUERY_BYTES, type OwnerAnswers } from '../../native/owners.ts'
import type { TcpInterval } from '../../native/tcp.ts'
import { Addresses } from '../../pipeline/addresses.ts'
import { flowBatch } from '../flows/flow-batch.ts'
import { Paths } from '../flows/slots.ts'
import { type OwnerPrograms, Owners } from './owners.ts'

const log = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() })

/** Answers what it is told to, and keeps what it was asked. */
function programs(answers: Partial<OwnerAnswers>, more: Partial<OwnerPrograms> = {}) {
  const asked: string[] = []
  const kernel: OwnerPrograms = {
    features: [
      { name: 'owners.events', code: '', message: '', program: 0 },
      { name: 'owners.open', code: '', message: '', program: 0 },
    ],
    look: async () => {},
    async ask(queries) {
      for (let at = 0; at < queries.length; at += OWNER_QUERY_BYTES)
        asked.push(Buffer.from(queries.subarray(at, at + OWNER_QUERY_BYTES)).toString('hex'))
      return {
        ends: new Uint32Array(asked.length * 2),
        pids: new Uint32Array(),
        started: new Float64Array(),
        commands: [],
        cgroups: new Uint32Array(),
        ...answers,
      }
    },
    [Symbol.dispose]: () => {},
    ...more,
  }
  return { asked, kernel }
}

const flows = () =>
  flowBatch(
    generation([
      {
        lower: ['10.0.0.1', 40000],
        higher: ['192.0.2.7', 443],
        protocol: 17,
        seen: [
          [3, 0, 0, 1, 60],
          [3, 2, 1, 1, 60],
        ],
      },
    ] as never),
    new Paths(6),
    new Addresses(),
    { value: String },
  ).batch

const [near, far] = ['00000000000000000000ffff0a000001', '00000000000000000000ffffc0000207']
const nothing = '0000'.repeat(8)

test('each row of flows asks for its own two ends, and what is not known of them is told apart from none', async () => {
  const { asked, kernel } = programs({
    ends: Uint32Array.of(1, 0, 2, 1),
    pids: Uint32Array.of(7, 0),
    started: Float64Array.of(1e9, 0),
    commands: ['nginx', ''],
    cgroups: Uint32Array.of(0, 0),
  })
  const told = await new Owners(true, log() as never, () => kernel).tell(flows())
  expect(asked).toEqual([
    `${near}${far}409cbb01${'00000000'}11000000${nothing}`,
    `${far}${near}bb01409c${'00000000'}11000000${nothing}`,
  ])
  expect(
    Array.from(told, ({ source, destination }) =>
      [source, destination].map((end) =>
        ['process.pid', 'process.executable.name', 'process.linux.cgroup'].map((name) => end.attribute(name)),
      ),
    ),
  ).toEqual([
    [
      [7, 'nginx', 'unknown'],
      [undefined, undefined, undefined],
    ],
    [
      ['unknown', 'unknown', 'unknown'],
      [7, 'nginx', 'unknown'],
    ],
  ])
})

test('a row of a TCP socket asks with its namespace, and the clients’ ports of what lives are forgotten then', async () => {
  const { asked, kernel } = programs({})
  const none = { length: 0, addresses: new Uint8Array(), ports: new Uint16Array(), role: new Uint8Array() }
  const active = {
    length: 1,
    addresses: Uint8Array.from(Buffer.from(near + far, 'hex')),
    ports: Uint16Array.of(40_000, 443),
    role: Uint8Array.of(2),
    netns: Uint32Array.of(0xf0000001),
  }
  const interval = { connections: none, retransmits: none, resets: none, active } as unknown as TcpInterval
  await new Owners(true, log() as never, () => kernel).columnsOf(interval)
  expect(asked).toEqual([`${near}${far}409cbb01010000f006020000${nothing}`])
  expect([...active.ports]).toEqual([0, 443])
})

test('what the kernel refuses is told once, and rows stay as they are where nothing can be asked', async () => {
  const refused = programs(
    {},
    { features: [{ name: 'owners.open', code: 'EINVAL', message: 'no', program: 0 }] },
  )
  const told = log()
  const owners = new Owners(true, told as never, () => refused.kernel)
  expect(owners.capabilities).toEqual([{ feature: 'owners.open', state: 'unavailable', reason: 'kernel' }])
  expect(told.warn).toHaveBeenCalledOnce()

  const none = new Owners(true, log() as never, () => {
    throw Object.assign(new Error('no'), { code: 'EPERM' })
  })
  const batch = flows()
  expect([...(await none.tell(batch)).columns.keys()]).toEqual([...batch.columns.keys()])
  expect(none.capabilities.map(({ reason }) => reason)).toEqual(['permission', 'permission'])
})

test('a look that fails is told, and ends nothing', async () => {
  const { kernel } = programs({}, { look: () => Promise.reject(new Error('no')) })
  const told = log()
  await new Owners(true, told as never, () => kernel).look()
  expect(told.error).toHaveBeenCalledOnce()
})
