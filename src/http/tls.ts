import { readFile } from 'node:fs/promises'
import type { RequestListener, Server, ServerOptions } from 'node:http'
import { createServer, type Server as HttpsServer } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { NetsondeError } from '../errors.ts'
import type { Logger } from '../pipeline/log.ts'

export interface TlsOptions {
  readonly certFile: string
  readonly keyFile: string
  /** Who asks has to have a certificate that one of these signed. */
  readonly clientCaFile: string | undefined
  /** How often the files are looked at, in milliseconds; 0: never again. */
  readonly reloadIntervalMs: number
  /** Path of the group of settings, for messages: `exporters::prometheus::tls`. */
  readonly setting: string
  readonly log: Logger
}

const HANDSHAKE_MS = 10_000

/** The certificate of a server, from files that may be replaced while it runs. */
export interface ServerTls extends Disposable {
  /** A server that speaks HTTPS, and gets what is read anew. Connections that exist keep what they have. */
  createServer(options: ServerOptions, handler: RequestListener): Server
  /** Looks at the files now. What cannot be used is logged once, and what was there before stays. */
  reload(): Promise<void>
}

/** @throws {NetsondeError} TLS_FILE_UNUSABLE: not readable, no certificate or key, or one that is not the other's */
export async function serverTls(options: TlsOptions): Promise<ServerTls> {
  const servers = new Set<HttpsServer>()
  let current = await read(options)
  let trouble: string | undefined

  async function reload(): Promise<void> {
    try {
      const found = await read(options)
      trouble = undefined
      if (isSame(found, current)) return
      current = found
      for (const server of servers) server.setSecureContext(current)
      options.log.info('new certificate in use', { file: options.certFile })
    } catch (error) {
      // Half of the files may be new: the next look finds the other half.
      const { message } = error as Error
      if (message !== trouble)
        options.log.warn('the certificate that was read before stays in use', { reason: message })
      trouble = message
    }
  }

  const { reloadIntervalMs } = options
  const timer = reloadIntervalMs > 0 ? setInterval(() => void reload(), reloadIntervalMs).unref() : undefined
  const mutual = options.clientCaFile !== undefined
  return {
    createServer(options, handler) {
      const client = { requestCert: mutual, rejectUnauthorized: mutual }
      const server = createServer(
        { ...options, ...current, ...client, handshakeTimeout: HANDSHAKE_MS },
        handler,
      )
      servers.add(server)
      return server
    },
    reload,
    [Symbol.dispose]() {
      clearInterval(timer)
      servers.clear()
    },
  }
}

type Files = { readonly cert: Buffer; readonly key: Buffer; readonly ca?: Buffer }

async function read(options: TlsOptions): Promise<Files> {
  const { certFile, keyFile, clientCaFile, setting } = options
  const cert = await contents(certFile, `${setting}::cert_file`)
  const key = await contents(keyFile, `${setting}::key_file`)
  check(`${setting}::cert_file`, `${certFile} has no certificate in PEM`, { cert })
  check(`${setting}::key_file`, `${keyFile} has no private key in PEM without a passphrase`, { key })
  check(`${setting}::key_file`, `${keyFile} is not the key of the certificate in ${certFile}`, { cert, key })
  if (clientCaFile === undefined) return { cert, key }
  const ca = await contents(clientCaFile, `${setting}::client_ca_file`)
  // Given as a certificate: what is no authority is ignored without a word, and then all public ones would be trusted.
  check(`${setting}::client_ca_file`, `${clientCaFile} has no certificate in PEM`, { cert: ca })
  return { cert, key, ca }
}

async function contents(path: string, setting: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NetsondeError('TLS_FILE_UNUSABLE', `${setting}: ${path} cannot be read (${cause.code})`, {
      cause,
    })
  })
}

/** OpenSSL says what it makes of the files; its own words are in the cause. */
function check(setting: string, problem: string, files: SecureContextOptions): void {
  try {
    createSecureContext(files)
  } catch (cause) {
    throw new NetsondeError('TLS_FILE_UNUSABLE', `${setting}: ${problem}`, { cause })
  }
}

function isSame(a: Files, b: Files): boolean {
  return a.cert.equals(b.cert) && a.key.equals(b.key) && (a.ca ?? a.cert).equals(b.ca ?? b.cert)
}
