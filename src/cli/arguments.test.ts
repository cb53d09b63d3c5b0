import { expect, test } from 'vitest'
import { parseCommand } from './arguments.ts'

test.each([
  ['run', { name: 'run', files: [] }],
  ['run --config a.yaml', { name: 'run', files: ['a.yaml'] }],
  ['run --config a.yaml --config=b.yaml', { name: 'run', files: ['a.yaml', 'b.yaml'] }],
  ['--config a.yaml validate', { name: 'validate', files: ['a.yaml'] }],
  ['--version', { name: 'version' }],
  ['-v', { name: 'version' }],
  ['run --help', { name: 'help' }],
])('%s', (args, command) => expect(parseCommand(args.split(' '))).toEqual(command))

test.each([
  ['', 'a command is missing; there are: run, validate'],
  ['rnu', '"rnu" is no command; did you mean run? there are: run, validate'],
  ['start', '"start" is no command; there are: run, validate'],
  [
    'run --cofnig x',
    '"--cofnig" is no option; did you mean --config? there are: --config, --version, --help',
  ],
  ['run -x', '"-x" is no option; there are: --config, --version, --help'],
  ['run a.yaml', 'run takes no "a.yaml"; a file follows --config'],
  ['validate', 'validate needs --config FILE'],
  ['run --config', "Option '--config <value>' argument missing"],
])('%j: %s', (args, message) =>
  expect(() => parseCommand(args.split(' ').filter(Boolean))).toThrow(
    `${message}\nnetsonde --help tells more`,
  ),
)
