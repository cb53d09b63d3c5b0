import type { IncomingMessage } from 'node:http'
import { parseCidr } from '../config/cidr.ts'
import { duration, names, type Resolved, text } from '../config/formats.ts'
import type { Logger } from '../pipeline/log.ts'
import { allowList } from './allow.ts'
import type { ServerTls } from './tls.ts'

/** Settings of a component that has a server: who may ask it, and how. */
export const accessSchema = {
  allow: names({
    default: [],
    doc: 'Addresses and networks (CIDR) that may ask, others get 403; empty: all that reach the endpoint',
  }),
  tls: {
    cert_file: text({
      default: undefined,
      doc: 'Certificate in PEM, with its chain; with it, only HTTPS is spoken',
    }),
    key_file: text({ default: undefined, doc: 'Its private key in PEM, without a passphrase' }),
    client_ca_file: text({
      default: undefined,
      doc: 'Authorities in PEM: who asks has to show a certificate that one of them signed',
    }),
    reload_interval: duration({
      default: '1m',
      doc: 'How often the three files are looked at for new contents; 0s: never',
    }),
  },
  auth: {
    basic: {
      username: text({ default: undefined, pattern: /^[^:]*$/, example: 'prometheus', doc: 'Who may ask' }),
      password_file: text({
        default: undefined,
        doc: 'File whose first line is the password; read at each request, so it may be replaced',
      }),
    },
  },
}

export type AccessConfig = Resolved<typeof accessSchema>

/** What a single setting cannot show. Empty text counts as not set, as variables may leave it. */
export function validateAccess({
  allow,
  tls,
  auth: { basic },
}: AccessConfig): [path: string, message: string][] {
  const needs = (has: string | undefined, other: string | undefined, path: string, why: string) =>
    has && !other ? [[path, why] as [string, string]] : []
  return [
    ...allow.flatMap((cidr, i): [string, string][] =>
      parseCidr(cidr)
        ? []
        : [
            [
              `allow::${i}`,
              `"${cidr}" is not an address or a network; write it as 10.0.0.0/8, 192.0.2.1 or fd00::/8`,
            ],
          ],
    ),
    ...needs(tls.cert_file, tls.key_file, 'tls::cert_file', 'needs key_file beside it'),
    ...needs(tls.key_file, tls.cert_file, 'tls::key_file', 'needs cert_file beside it'),
    ...needs(
      tls.client_ca_file,
      tls.cert_file,
      'tls::client_ca_file',
      'needs cert_file and key_file: certificates of clients are shown in TLS only',
    ),
    ...needs(basic.username, basic.password_file, 'auth::basic::username', 'needs password_file beside it'),
    ...needs(basic.password_file, basic.username, 'auth::basic::password_file', 'needs username beside it'),
  ]
}

/** What a server asks before it answers, and its certificate where it has one. */
export interface Access extends Disposable {
  /** Nothing: plain HTTP. */
  readonly tls: ServerTls | undefined
  /** Nothing: go on. Else what to answer with. */
  refusal(request: IncomingMessage): Promise<Refusal | undefined>
}

export interface Refusal {
  readonly status: number
  readonly why: string
  readonly headers?: Readonly<Record<string, string>>
}

const FORBIDDEN: Refusal = { status: 403, why: 'this address may not ask' }
const UNAUTHORIZED: Refusal = {
  status: 401,
  why: 'a user name and a password are needed',
  headers: { 'www-authenticate': 'Basic realm="netsonde", charset="UTF-8"' },
}

/**
 * Opens what the settings name. TLS and cryptography are loaded for whom they are set: they take 4 MB.
 *
 * @param config validated
 * @param setting path of the component, for messages: `exporters::prometheus`
 * @throws {NetsondeError} TLS_FILE_UNUSABLE, PASSWORD_UNUSABLE
 */
export async function openAccess(config: AccessConfig, setting: string, log: Logger): Promise<Access> {
  const { allow, tls: files, auth } = config
  const allowed = allowList(allow)
  const { username, password_file: passwordFile } = auth.basic
  const authenticate =
    username && passwordFile
      ? await (await import('./basic-auth.ts')).basicAuth({
          username,
          passwordFile,
          setting: `${setting}::auth::basic::password_file`,
          log,
        })
      : undefined
  const tls =
    files.cert_file && files.key_file
      ? await (await import('./tls.ts')).serverTls({
          certFile: files.cert_file,
          keyFile: files.key_file,
          clientCaFile: files.client_ca_file || undefined,
          reloadIntervalMs: files.reload_interval,
          setting: `${setting}::tls`,
          log,
        })
      : undefined
  return {
    tls,
    async refusal({ socket, headers }) {
      if (!allowed(socket.remoteAddress)) return FORBIDDEN
      return authenticate && !(await authenticate(headers.authorization)) ? UNAUTHORIZED : undefined
    },
    [Symbol.dispose]: () => tls?.[Symbol.dispose](),
  }
}
