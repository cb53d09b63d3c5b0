import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { decodeAnswer } from '../packets/answer.ts'
import { type Row, rows } from '../packets/packets.ts'
import { root } from './build.ts'
import { kernelTest } from './kernel-test.ts'
import { Namespace } from './network.ts'

const inKernel = rows.filter(({ route }) => route === 'test_run' || route === 'tun')

/** No device takes a frame that is shorter than its link header (net/packet/af_packet.c, dev_validate_header). */
const SHORTEST: Readonly<Record<string, number>> = { test_run: 14, tun: 1 }

/** The first n bytes of each row's frame, for every n that a device takes. */
const cuts = (list: readonly Row[]) =>
  list.flatMap((row) =>
    Array.from({ length: row.frame.length + 1 }, (_, length) => ({ row, length })).slice(SHORTEST[row.route]),
  )

async function parseInKernel(
  namespace: Namespace,
  device: string,
  program: string,
  list: readonly Row[],
): Promise<void> {
  const [enter, ...into] = namespace.enter
  const tool = spawn(
    enter,
    [...into, `${root}build/test/parse_frames`, `${root}build/test/parse.bpf.o`, device, program],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const frames = cuts(list)
  tool.stdin.end(
    frames
      .map(({ row, length }) => `${Buffer.from(row.frame.subarray(0, length)).toString('hex')}\n`)
      .join(''),
  )
  const answers = (await text(tool.stdout)).trimEnd().split('\n')
  expect(answers).toHaveLength(frames.length)

  const routes = new Map<string, Set<string>>()
  for (const [i, { row, length }] of frames.entries()) {
    const [route = '', hex = ''] = (answers[i] as string).split(' ')
    const asked = `${row.title}, ${length} of ${row.frame.length} bytes`
    expect(route, `${asked} reached no program`).not.toBe('none')
    if (length === row.frame.length) routes.set(row.route, (routes.get(row.route) ?? new Set()).add(route))
    expect([asked, decodeAnswer(hex)]).toEqual([asked, row.expected(length)])
  }
  expect([...routes]).toEqual(
    [...new Set(list.map(({ route }) => route))].map((route) => [route, new Set([ROUTES[route]])]),
  )
}

/** What parse_frames says of a whole frame of each route. */
const ROUTES: Readonly<Record<string, string>> = { test_run: 'test_run', tun: 'packet' }

kernelTest('the kernel finds in every packet of the table, cut anywhere, what the table says', async () => {
  await using namespace = await Namespace.create('packets')
  await namespace.sysctl('net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1')
  await namespace.ip('link add veth0 type veth peer name veth1')
  await namespace.ip('tuntap add dev tun0 mode tun')
  for (const device of ['veth0', 'veth1', 'tun0']) await namespace.ip(`link set dev ${device} arp off up`)

  expect(inKernel.length).toBeGreaterThanOrEqual(120)
  for (const inside of [false, true]) {
    const some = (route: string) =>
      inKernel.filter((row) => row.route === route && row.decapsulate === inside)
    const suffix = inside ? '_inside' : ''
    await parseInKernel(namespace, 'veth0', `parse_ethernet${suffix}`, some('test_run'))
    await parseInKernel(namespace, 'tun0', `parse_ip${suffix}`, some('tun'))
  }
})
