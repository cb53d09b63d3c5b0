import { cli } from './cli.ts'
import { tellError } from './errors.ts'

// A reader that went away, as `| head`, is no reason to fail.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.on('uncaughtException', (error) => {
  process.stderr.write(tellError(error, Boolean(process.env.NETSONDE_DEBUG)).text)
  process.exit(1)
})

// exit: nothing that a component left behind may keep the process.
process.exit(await cli(process.argv.slice(2), process))
