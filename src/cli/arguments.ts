import { parseArgs } from 'node:util'
import { nearest } from '../config/did-you-mean.ts'
import { NetsondeError } from '../errors.ts'

export type Command =
  | { readonly name: 'run'; readonly files: readonly string[] }
  | { readonly name: 'validate'; readonly files: readonly string[] }
  | { readonly name: 'version' }
  | { readonly name: 'help' }

const COMMANDS = ['run', 'validate']
const OPTIONS = ['--config', '--version', '--help']

export const USAGE = `netsonde accounts for this node's network and turns it into OpenTelemetry metrics.

  netsonde run [--config FILE]...      runs the agent until Ctrl-C
  netsonde validate --config FILE...   checks a configuration and starts nothing
  netsonde --version
  netsonde --help

Of several files, later ones add to earlier ones and win over them. Without --config, run takes
config/quickstart.yaml of the package. NETSONDE_DEBUG=1 shows where in the code an error came from.
Exit status: 0 ended as asked, 1 could not start or failed, 2 wrong configuration or arguments.
`

/** @throws {NetsondeError} USAGE, with what there is instead */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args)
  if (values.help) return { name: 'help' }
  if (values.version) return { name: 'version' }
  const [name, ...more] = positionals
  const files = values.config ?? []
  if (name === undefined) throw usage(`a command is missing; there are: ${COMMANDS.join(', ')}`)
  if (name !== 'run' && name !== 'validate') throw usage(unknown('command', name, COMMANDS))
  if (more.length > 0) throw usage(`${name} takes no ${JSON.stringify(more[0])}; a file follows --config`)
  if (name === 'validate' && files.length === 0) throw usage('validate needs --config FILE')
  return { name, files }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw usage(message.split('\n')[0] as string)
    throw usage(unknown('option', /'([^']*)'/.exec(message)?.[1] ?? '', OPTIONS))
  }
}

function unknown(what: string, written: string, accepted: readonly string[]): string {
  const near = nearest(written, accepted)
  return `${JSON.stringify(written)} is no ${what}; ${near ? `did you mean ${near}? ` : ''}there are: ${accepted.join(', ')}`
}

function usage(message: string): NetsondeError {
  return new NetsondeError('USAGE', `${message}\nnetsonde --help tells more`)
}
