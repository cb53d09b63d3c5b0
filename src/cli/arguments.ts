import { parseArgs } from 'node:util'
import { nearest } from '../config/did-you-mean.ts'
import { NetsondeError } from '../errors.ts'

export type Command =
  | { readonly name: 'run'; readonly files: readonly string[] }
  | { readonly name: 'validate'; readonly files: readonly string[] }
  | { readonly name: 'flows'; readonly path: string; readonly decapsulate: boolean }
  | { readonly name: 'version' }
  | { readonly name: 'help' }

const COMMANDS = ['run', 'validate', 'flows']
const OPTIONS = ['--config', '--read', '--format', '--decapsulate', '--version', '--help']
const FORMATS = ['jsonl']

export const USAGE = `netsonde accounts for this node's network and turns it into OpenTelemetry metrics.

  netsonde run [--config FILE]...      runs the agent until Ctrl-C
  netsonde validate --config FILE...   checks a configuration and starts nothing
  netsonde flows --read FILE [--format jsonl] [--decapsulate]
                                       prints the connections of a pcap or pcapng file, a line of JSON each,
                                       and what became of every packet; --decapsulate looks into tunnels;
                                       -: the file comes by standard input
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
  if (name !== 'run' && name !== 'validate' && name !== 'flows')
    throw usage(unknown('command', name, COMMANDS))
  if (name === 'flows') return flowsCommand(values, more)
  for (const option of ['read', 'format', 'decapsulate'] as const)
    if (values[option] !== undefined) throw usage(`${name} takes no --${option}`)
  if (more.length > 0) throw usage(`${name} takes no ${JSON.stringify(more[0])}; a file follows --config`)
  if (name === 'validate' && files.length === 0) throw usage('validate needs --config FILE')
  return { name, files }
}

function flowsCommand(values: ReturnType<typeof parse>['values'], more: readonly string[]): Command {
  const { config, read, format = 'jsonl', decapsulate = false } = values
  if (config) throw usage('flows takes no --config')
  if (more.length > 0) throw usage(`flows takes no ${JSON.stringify(more[0])}; a file follows --read`)
  if (read === undefined) throw usage('flows needs --read FILE')
  if (!FORMATS.includes(format)) throw usage(unknown('format', format, FORMATS))
  return { name: 'flows', path: read, decapsulate }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string', multiple: true },
        read: { type: 'string' },
        format: { type: 'string' },
        decapsulate: { type: 'boolean' },
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
