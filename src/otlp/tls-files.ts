import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from 'node:tls'
import { NetsondeError } from '../errors.ts'
import type { Logger } from '../pipeline/log.ts'

/** As in the Collector's configtls, client side. */
export interface TlsConfig {
  readonly ca_file: string
  readonly cert_file: string
  readonly key_file: string
  readonly insecure_skip_verify: boolean
  readonly server_name_override: string
  /** Milliseconds; 0: never. */
  readonly reload_interval: number
}

interface Files {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** Certificates and key of a client, from files that may be replaced while it runs. */
export class TlsFiles {
  private readonly config: TlsConfig
  private readonly host: string
  private readonly setting: string
  private readonly log: Logger
  private files: Files | undefined
  private readAt = 0
  private trouble: string | undefined
  private current: ConnectionOptions = {}

  /**
   * @param host that is connected to
   * @param setting path of the group of settings, for messages
   */
  constructor(config: TlsConfig, host: string, setting: string, log: Logger) {
    this.config = config
    this.host = host
    this.setting = setting
    this.log = log
  }

  /** For tls.connect; the same object as long as the files are the same. */
  get options(): ConnectionOptions {
    return this.current
  }

  /** @throws {NetsondeError} TLS_FILE_UNUSABLE: not readable, or not what it is to be */
  async load(): Promise<void> {
    this.readAt = performance.now()
    const [ca, cert, key] = [
      await this.read('ca_file'),
      await this.read('cert_file'),
      await this.read('key_file'),
    ]
    const { files } = this
    if (files && files.ca === ca && files.cert === cert && files.key === key) return
    this.current = this.optionsOf({ ca, cert, key })
    this.files = { ca, cert, key }
  }

  /** Looks at the files if `reload_interval` is over. What cannot be used is told once, and what was there before stays. */
  async refresh(): Promise<void> {
    const { reload_interval } = this.config
    if (reload_interval === 0 || performance.now() - this.readAt < reload_interval) return
    const before = this.current
    try {
      await this.load()
      this.trouble = undefined
      if (this.current !== before) this.log.info('new certificates in use')
    } catch (error) {
      const { message } = error as Error
      if (message !== this.trouble)
        this.log.warn('the certificates that were read before stay in use', { reason: message })
      this.trouble = message
    }
  }

  private async read(name: 'ca_file' | 'cert_file' | 'key_file'): Promise<string | undefined> {
    const path = this.config[name]
    if (path === '') return undefined
    return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw this.unusable(`${name}: ${path} cannot be read (${cause.code})`, cause)
    })
  }

  private optionsOf({ ca, cert, key }: Files): ConnectionOptions {
    const { insecure_skip_verify, server_name_override, ca_file, cert_file, key_file } = this.config
    const name = server_name_override || this.host
    try {
      // Given as a certificate: what is no authority is ignored without a word, and then nobody would be trusted.
      createSecureContext({ cert: ca })
    } catch (cause) {
      throw this.unusable(`ca_file: ${ca_file} has no certificate in PEM`, cause)
    }
    try {
      return {
        // An address is no server name (RFC 6066 3), and Node refuses one.
        ...(isIP(name) ? {} : { servername: name }),
        checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
        rejectUnauthorized: !insecure_skip_verify,
        secureContext: createSecureContext({ ca, cert, key }),
      }
    } catch (cause) {
      throw this.unusable(
        `cert_file: ${cert_file} and key_file: ${key_file} are not a certificate and its key`,
        cause,
      )
    }
  }

  private unusable(problem: string, cause: unknown): NetsondeError {
    return new NetsondeError('TLS_FILE_UNUSABLE', `${this.setting}::${problem}`, { cause })
  }
}
