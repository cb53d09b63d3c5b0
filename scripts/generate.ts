// Writes what is made from the code. With --check nothing is written: exit status 1 if something is not current.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generated } from './generated.ts'

const root = dirname(import.meta.dirname)
const check = process.argv.includes('--check')

for (const [path, make] of Object.entries(generated)) {
  const file = join(root, path)
  const current = contentOf(file)
  const made = make(current)
  if (made === current) continue
  if (check) {
    process.stderr.write(`${path} is not what the code says: run npm run generate and commit it\n`)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, made)
    process.stdout.write(`${path} written\n`)
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
