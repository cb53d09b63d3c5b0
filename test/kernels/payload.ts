import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

interface Lock {
  readonly packages: Readonly<Record<string, unknown>>
}

/** This Node in a payload: where bin/netsonde looks first. */
export const NODE = '.toolchain/node_modules/.bin/node'

/** What Node reads of a package; its types, maps and sources are left behind. */
const READ_AT_RUN_TIME = /\.(?:js|cjs|mjs|json|proto|node)$/

/** Packages that tests do not need to run. */
const FOR_DEVELOPERS = /^node_modules\/(?:@biomejs|@typescript|typescript|lightningcss-)/

/**
 * Fills a folder with what a guest gets: the agent with its production dependencies, this Node, and the tests.
 *
 * @param root of the checkout, which is built
 */
export function makePayload(root: string, folder: string): void {
  const copy = (path: string, keep: (path: string) => boolean = () => true) =>
    cpSync(join(root, path), join(folder, path), {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (source) => statSync(source).isDirectory() || keep(source),
    })
  for (const path of [
    'bin',
    'dist',
    'src',
    'test/captures',
    'test/kernel',
    'test/kernels',
    'test/packets',
    'test/rig',
    'package.json',
  ])
    copy(path)
  for (const path of readdirSync(join(root, 'build')))
    if (/\.(?:bpf\.o|node)$/.test(path) || path === 'test') copy(join('build', path))

  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  for (const path of Object.keys(lock.packages))
    if (path !== '' && !FOR_DEVELOPERS.test(path) && existsSync(join(root, path)))
      copy(path, (file) => READ_AT_RUN_TIME.test(file))

  const node = join(folder, NODE)
  mkdirSync(dirname(node), { recursive: true })
  copyFileSync(process.execPath, node)
}
