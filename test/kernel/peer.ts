/**
 * peer.ts serve PORT: answers, over IPv4 and IPv6, each TCP connection's bytes and each UDP datagram with as many.
 * peer.ts ask tcp|udp ADDRESS PORT BYTES: sends that many bytes, and is ready when as many have come back.
 * Both keep what they have opened until they are ended, the server also what its client has closed.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const [, , role = '', ...words] = process.argv
const ready = () => process.stdout.write('ready\n')

if (role === 'serve') {
  const port = Number(words[0])
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket, { end: false }))
  const udp = createSocket('udp6')
  udp.on('message', (data, { port, address }) => udp.send(data, port, address))
  udp.bind(port, '::')
  server.listen(port, '::')
  await Promise.all([once(server, 'listening'), once(udp, 'listening')])
  ready()
} else {
  const [how, address, port, bytes] = words
  await (how === 'tcp' ? askTcp : askUdp)(address as string, Number(port), Number(bytes))
  ready()
}

async function askTcp(address: string, port: number, bytes: number): Promise<void> {
  const socket = connect(port, address)
  await once(socket, 'connect')
  const { promise, resolve } = Promise.withResolvers<void>()
  let answered = 0
  socket.on('data', (data) => {
    answered += data.length
    if (answered === bytes) resolve()
  })
  const piece = Buffer.alloc(65_536)
  for (let sent = 0; sent < bytes; sent += piece.length)
    if (!socket.write(piece.subarray(0, bytes - sent))) await once(socket, 'drain')
  await promise
}

/** One datagram at a time, so that none is lost for want of room. */
async function askUdp(address: string, port: number, bytes: number): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  for (let left = bytes; left > 0; ) {
    const size = Math.min(1000, left)
    socket.send(Buffer.alloc(size), port, address)
    const [data] = (await once(socket, 'message')) as [Buffer]
    left -= data.length
  }
}
