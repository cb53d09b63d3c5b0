import { isIPv6 } from 'node:net'

/** Where to listen or to connect. An IPv6 host is without its brackets. */
export interface Endpoint {
  readonly host: string
  /** 0 to 65535; 0 lets the kernel choose where one listens. */
  readonly port: number
}

/**
 * Reads `localhost:9464`, `0.0.0.0:9464`, `[::1]:9464`.
 *
 * @returns `undefined` for anything else
 * @see RFC 3986 3.2.2, for the brackets
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65535) return undefined
  if (bracketed !== undefined) return isIPv6(bracketed) ? { host: bracketed, port } : undefined
  return { host: plain as string, port }
}

/** As it is written in a configuration or a URL. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
