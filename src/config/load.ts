import { readFile } from 'node:fs/promises'
import type { ComponentFactory } from '../pipeline/component.ts'
import { treeOfObject } from './object.ts'
import type { Place } from './place.ts'
import { ConfigError, type Problem } from './problem.ts'
import { type AgentConfig, resolveConfig } from './resolve.ts'
import { merge, nothing, type Tree } from './tree.ts'
import type { Environment } from './variables.ts'
import { type Parsed, parseYaml } from './yaml.ts'

/** What a configuration file holds, as a program would write it. */
export interface ConfigObject {
  readonly receivers?: Readonly<Record<string, object | null>>
  readonly processors?: Readonly<Record<string, object | null>>
  readonly exporters?: Readonly<Record<string, object | null>>
  readonly extensions?: Readonly<Record<string, object | null>>
  readonly service: {
    readonly extensions?: readonly string[]
    readonly pipelines: Readonly<
      Record<
        string,
        {
          readonly receivers: readonly string[]
          readonly processors?: readonly string[]
          readonly exporters: readonly string[]
        }
      >
    >
    readonly telemetry?: object
    readonly shutdown_timeout?: string
  }
}

/** The configuration itself, or files that hold it: later ones add to earlier ones and win over them. */
export type ConfigSource = ConfigObject | { readonly files: readonly string[] }

/** @throws {ConfigError} with everything that is wrong with it */
export async function loadConfig(
  source: ConfigSource,
  factories: readonly ComponentFactory[],
  env: Environment,
): Promise<AgentConfig> {
  const tree = isFiles(source) ? await readFiles(source.files) : objectTree(source)
  return resolveConfig(tree, factories, env)
}

function isFiles(source: ConfigSource): source is { readonly files: readonly string[] } {
  return Array.isArray((source as { files?: unknown } | null)?.files)
}

function objectTree(source: ConfigObject): Tree {
  const { tree, problems } = treeOfObject(source)
  if (problems.length > 0) throw new ConfigError(problems)
  return tree
}

async function readFiles(files: readonly string[]): Promise<Tree> {
  const problems: Problem[] = []
  const secrets: Place[] = []
  let whole: Tree = nothing
  for (const file of files) {
    const read = await readTree(file)
    problems.push(...read.problems)
    secrets.push(...(read.secrets ?? []))
    if (read.tree) whole = merge(whole, read.tree)
  }
  if (problems.length > 0) throw new ConfigError(problems, secrets)
  return whole
}

async function readTree(file: string): Promise<Parsed> {
  try {
    const bytes = await readFile(file)
    return parseYaml(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    return { problems: [{ path: [], ...unreadable(file, error as NodeJS.ErrnoException) }] }
  }
}

function unreadable(
  file: string,
  { code, message }: NodeJS.ErrnoException,
): Pick<Problem, 'message' | 'hint'> {
  switch (code) {
    case 'ENOENT':
      return { message: `${file}  is not there`, hint: 'name a file with --config FILE' }
    case 'EACCES':
      return { message: `${file}  may not be read by this user` }
    case 'EISDIR':
      return { message: `${file}  is a directory`, hint: 'name a file in it' }
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return { message: `${file}  is not UTF-8 text` }
    default:
      return { message: `${file}  cannot be read: ${message}` }
  }
}
