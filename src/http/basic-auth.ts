import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { NetsondeError } from '../errors.ts'
import type { Logger } from '../pipeline/log.ts'

export interface BasicAuthOptions {
  readonly username: string
  /** Its first line is the password. */
  readonly passwordFile: string
  /** Of the file's setting, for messages: `exporters::prometheus::auth::basic::password_file`. */
  readonly setting: string
  readonly log: Logger
}

/** @param header an Authorization header */
export type Authenticate = (header: string | undefined) => Promise<boolean>

/**
 * HTTP's basic authentication. The file is read anew for each request, so a new password counts at once;
 * while it cannot be read, the last one counts.
 *
 * @throws {NetsondeError} PASSWORD_UNUSABLE: the file cannot be read or its first line is empty
 * @see RFC 7617
 */
export async function basicAuth(options: BasicAuthOptions): Promise<Authenticate> {
  const { username, passwordFile, setting, log } = options
  let expected = digest(`${username}:${await readPassword(passwordFile, setting)}`)
  let trouble: string | undefined

  async function refresh(): Promise<void> {
    try {
      expected = digest(`${username}:${await readPassword(passwordFile, setting)}`)
      trouble = undefined
    } catch (error) {
      const { message } = error as Error
      if (message !== trouble) log.warn('the password that was read before still counts', { reason: message })
      trouble = message
    }
  }

  return async (header) => {
    const [, credentials] = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '') ?? []
    if (credentials === undefined) return false
    await refresh()
    // Digests are of one length, so that the time taken says nothing about the password's.
    return timingSafeEqual(digest(Buffer.from(credentials, 'base64')), expected)
  }
}

async function readPassword(path: string, setting: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const message = `${setting}: ${path} cannot be read (${cause.code}); it has to be a file whose first line is the password`
    throw new NetsondeError('PASSWORD_UNUSABLE', message, { cause })
  })
  const [password = ''] = text.split(/\r?\n/, 1)
  if (password !== '') return password
  throw new NetsondeError(
    'PASSWORD_UNUSABLE',
    `${setting}: the first line of ${path} is empty: write the password there`,
  )
}

function digest(credentials: string | Buffer): Buffer {
  return createHash('sha256').update(credentials).digest()
}
