import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startProgram } from '../rig/program.ts'
import { netsonde } from './agent.ts'
import { kernelTest } from './kernel-test.ts'

/** Runs netsonde with a configuration to its end. `prefix` are words before the command. */
async function run(yaml: string, ...prefix: string[]): Promise<{ status: number | string; text: string }> {
  const file = join(await mkdtemp(join(tmpdir(), 'netsonde-')), 'netsonde.yaml')
  await writeFile(file, yaml)
  const [command = '', ...args] = [...prefix, netsonde, 'run', '--config', file]
  await using running = startProgram(command, args)
  return { status: await running.ended, text: running.output() }
}

const smallest = (receiver = '{}', endpoint = '127.0.0.1:0') => `
receivers: {ebpf: ${receiver}}
exporters: {prometheus: {endpoint: "${endpoint}"}}
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}}
`

/** Fits a screen of 24 lines, and shows no stack. */
function expectOneScreen(text: string): void {
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(24)
  expect(text).not.toMatch(/^\s+at /m)
}

kernelTest('without privileges it says which are missing and what to do', async () => {
  const { status, text } = await run(smallest(), 'setpriv', '--inh-caps=-all', '--bounding-set=-all')
  expect(text).toContain(
    'receivers::ebpf: no packets can be seen: CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are missing. Run it as root (sudo), or give it those capabilities',
  )
  expectOneScreen(text)
  expect(status).toBe(1)
})

kernelTest('an interface that is not there is named, with those that are', async () => {
  const { status, text } = await run(smallest('{interfaces: {include: [nosuch0]}}'))
  expect(text).toMatch(
    /receivers::ebpf: interfaces::include: there is no interface "nosuch0" in this network namespace\. There are: lo/,
  )
  expectOneScreen(text)
  expect(status).toBe(1)
})

kernelTest('a port in use is named, with what to do', async () => {
  await using server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const { status, text } = await run(smallest('{}', `127.0.0.1:${port}`))
  expect(text).toMatch(new RegExp(`exporters::prometheus::endpoint: 127\\.0\\.0\\.1:${port} is in use`))
  expectOneScreen(text)
  expect(status).toBe(1)
})

kernelTest('a broken configuration starts nothing: every error with its place, and status 2', async () => {
  const { status, text } = await run(
    `receivers: {ebpf: {interfaces: {inlcude: [eth*]}, collection_interval: 5}}
exporters: {prometheus: {endpoint: 9464}, promteheus: {}}
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}}
`,
  )
  expect(text).toContain('netsonde.yaml:1:33')
  expect(text).toContain('receivers::ebpf::interfaces::inlcude')
  expect(text).toContain('receivers::ebpf::collection_interval')
  expect(text).toContain('exporters::prometheus::endpoint')
  expect(text).toContain('exporters::promteheus')
  expect(text).toContain('4 errors. Nothing was started.')
  expectOneScreen(text)
  expect(status).toBe(2)
})

kernelTest('YAML that cannot be read is one error with its place, and status 2', async () => {
  const { status, text } = await run('receivers: {ebpf: {}\nexporters: [')
  expect(text).toMatch(/netsonde\.yaml:\d+:\d+/)
  expectOneScreen(text)
  expect(status).toBe(2)
})
