/**
 * talker.ts serve ADDRESS PORT: answers what comes. An empty line ends its listening and leaves its connections, the next
 * one begins it anew; each answers with `silent` or `listening`.
 * talker.ts talk ADDRESS PORT: sends a byte each 50 ms over one connection, and is ready when the first came back.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

const [, , role = '', address = '', port = ''] = process.argv
const say = (word: string) => process.stdout.write(`${word}\n`)

if (role === 'serve') {
  const server = createServer((socket) => socket.pipe(socket).on('error', () => {}))
  const listen = async () => {
    server.listen(Number(port), address)
    await once(server, 'listening')
  }
  await listen()
  say('ready')
  for await (const _ of createInterface({ input: process.stdin })) {
    if (server.listening) {
      server.close()
      say('silent')
    } else {
      await listen()
      say('listening')
    }
  }
} else {
  const socket = connect(Number(port), address)
  socket.on('error', () => {})
  socket.once('data', () => say('ready'))
  setInterval(() => socket.write('.'), 50)
}
