import { expect, test } from 'vitest'
import { parseCommand } from './arguments.ts'

test.each([
  ['run', { name: 'run', files: [] }],
  ['run --config a.yaml', { name: 'run', files: ['a.yaml'] }],
  ['run --config a.yaml --config=b.yaml', { name: 'run', files: ['a.yaml', 'b.yaml'] }],
  ['--config a.yaml validate', { name: 'validate', files: ['a.yaml'] }],
  ['flows --read a.pcap', { name: 'flows', path: 'a.pcap', decapsulate: false }],
  ['flows --read a.pcap --format jsonl --decapsulate', { name: 'flows', path: 'a.pcap', decapsulate: true }],
  ['--version', { name: 'version' }],
  ['-v', { name: 'version' }],
  ['run --help', { name: 'help' }],
])('%s', (args, command) => expect(parseCommand(args.split(' '))).toEqual(command))

test.each([
  ['', 'a command is missing; there are: run, validate, flows'],
  ['rnu', '"rnu" is no command; did you mean run? there are: run, validate, flows'],
  ['start', '"start" is no command; there are: run, validate, flows'],
  [
    'run --cofnig x',
    '"--cofnig" is no option; did you mean --config? there are: --config, --read, --format, --decapsulate, --version, --help',
  ],
  ['run -x', '"-x" is no option; there are: --config, --read, --format, --decapsulate, --version, --help'],
  ['flows', 'flows needs --read FILE'],
  ['flows a.pcap', 'flows takes no "a.pcap"; a file follows --read'],
  ['flows --read a.pcap --format csv', '"csv" is no format; there are: jsonl'],
  ['flows --read a.pcap --config b.yaml', 'flows takes no --config'],
  ['run --read a.pcap', 'run takes no --read'],
  ['run a.yaml', 'run takes no "a.yaml"; a file follows --config'],
  ['validate', 'validate needs --config FILE'],
  ['run --config', "Option '--config <value>' argument missing"],
])('%j: %s', (args, message) =>
  expect(() => parseCommand(args.split(' ').filter(Boolean))).toThrow(
    `${message}\nnetsonde --help tells more`,
  ),
)
