import type { Socket } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js'

type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>

/**
 * How a channel connects. grpc-js has credentials of its own, which would do but for three things: channels with equal
 * ones share a connection and its back-off of up to two minutes; the server name is always the host, which Node refuses
 * where that is an address; and a call that hangs cannot be left before its deadline.
 */
export class Credentials extends ChannelCredentials {
  private readonly tls: ConnectionOptions | undefined
  private readonly open = new Set<Socket>()
  private over = false

  /** @param tls for tls.connect; `undefined` sends in the clear */
  constructor(tls: ConnectionOptions | undefined) {
    super()
    this.tls = tls
  }

  /** Ends the connections, and those that would be made. */
  hangUp(): void {
    this.over = true
    for (const socket of this.open) socket.destroy()
  }

  _isSecure(): boolean {
    return this.tls !== undefined
  }

  _equals(other: ChannelCredentials): boolean {
    return this === other
  }

  _createSecureConnector(
    ...[, , calls]: Parameters<ChannelCredentials['_createSecureConnector']>
  ): Connector {
    return {
      connect: async (socket) => {
        this.keep(socket)
        if (!this.tls) return { socket, secure: false }
        const secured = await secure(socket, this.tls)
        this.keep(secured)
        return { socket: secured, secure: true }
      },
      waitForReady: async () => {},
      getCallCredentials: () => calls ?? CallCredentials.createEmpty(),
      destroy() {},
    }
  }

  private keep(socket: Socket): void {
    this.open.add(socket)
    socket.once('close', () => this.open.delete(socket))
    if (this.over) socket.destroy()
  }
}

/** @throws what is wrong with the certificate, or with the other side's TLS */
function secure(socket: Socket, options: ConnectionOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const secured = connect({ ...options, socket, ALPNProtocols: ['h2'] }, () => resolve(secured))
  secured.once('error', reject)
  secured.once('close', () => reject(new Error('closed during the TLS handshake')))
  return promise
}
