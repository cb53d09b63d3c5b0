import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cli } from './cli.ts'
import { TestHost } from './testdata/host.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netsonde-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function call(args: string, env = {}) {
  const host = new TestHost()
  Object.assign(host.env, env)
  const status = await cli(args.split(' ').filter(Boolean), host.host)
  return { status, out: host.stdout.text, err: host.stderr.text }
}

test('--version', async () =>
  expect(await call('--version')).toEqual({
    status: 0,
    out: expect.stringMatching(/^netsonde \d+\.\d+\.\d+ \(node v\d+\.\d+\.\d+\)\n$/),
    err: '',
  }))

test('--help names every command', async () => {
  const { status, out, err } = await call('--help')
  expect([status, err]).toEqual([0, ''])
  expect(out).toMatch(/netsonde run .*\n.*netsonde validate /)
})

test('what is not understood is told, with status 2', async () =>
  expect(await call('rnu')).toEqual({
    status: 2,
    out: '',
    err: 'netsonde: "rnu" is no command; did you mean run? there are: run, validate, flows\nnetsonde --help tells more\n',
  }))

test('a configuration in which nothing is wrong', async () =>
  expect(await call('validate --config config/quickstart.yaml')).toEqual({
    status: 0,
    out: 'config/quickstart.yaml: nothing is wrong\n',
    err: '',
  }))

test.each(['validate', 'run'])('%s tells what is wrong, with status 2', async (command) => {
  const file = join(folder, 'wrong.yaml')
  await writeFile(
    file,
    `receivers:
  ebpf:
    interfaces: {inlcude: [eth*]}
exporters:
  otlp_grpc:
    timeout: 5
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [otlp_grpc]}}}
`,
  )
  expect(await call(`${command} --config ${file}`)).toEqual({
    status: 2,
    out: '',
    err: `${file}:3:18  receivers::ebpf::interfaces::inlcude  is not a key here
    interfaces: {inlcude: [eth*]}
                 ^^^^^^^ did you mean "include"? accepted: include, exclude
${file}:6:14  exporters::otlp_grpc::timeout  5 has no unit
    timeout: 5
             ^ write 5s; units: ns us ms s m h; default 5s
2 errors. Nothing was started.
`,
  })
})

test('one error is one', async () =>
  expect((await call('validate --config missing.yaml')).err).toBe(
    'missing.yaml  is not there\n    name a file with --config FILE\n1 error. Nothing was started.\n',
  ))

test.each([
  [{}, false],
  [{ NETSONDE_DEBUG: '1' }, true],
])('with %j there is a trace: %s', async (env, expected) => {
  const { err } = await call('rnu', env)
  expect(/^ {4}at /m.test(err)).toBe(expected)
})
