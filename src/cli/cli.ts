import { loadConfig } from '../config/load.ts'
import { builtIn } from '../factories.ts'
import { version } from '../version.ts'
import { parseCommand, USAGE } from './arguments.ts'
import { tellError } from './errors.ts'
import { run } from './run.ts'

/** What a command uses of the process it runs in. */
export type Host = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env' | 'on' | 'off' | 'exit' | 'uptime'>

/** Runs one command. Never throws: what went wrong is told on stderr. @returns the exit status */
export async function cli(args: readonly string[], host: Host): Promise<number> {
  try {
    const command = parseCommand(args)
    switch (command.name) {
      case 'help':
        host.stdout.write(USAGE)
        return 0
      case 'version':
        host.stdout.write(`netsonde ${version} (node ${process.version})\n`)
        return 0
      case 'validate':
        await loadConfig({ files: command.files }, builtIn, host.env)
        host.stdout.write(`${command.files.join(', ')}: nothing is wrong\n`)
        return 0
      case 'flows': {
        const { flows } = await import('./flows.ts') // the addon is not for every command
        return await flows(command, host)
      }
      case 'run':
        return await run(command.files, host)
    }
  } catch (error) {
    const { text, status } = tellError(error, Boolean(host.env.NETSONDE_DEBUG))
    host.stderr.write(text)
    return status
  }
}
