/** What monitor.test.ts has done in a process of its own; argv[2] says what. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { isMainThread, Worker } from 'node:worker_threads'
import { monitorInterfaces } from '../../src/native/interfaces.ts'

const PAIRS = 100
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const ip = (lines: string[]) =>
  execFileSync('ip', ['-b', '-'], { input: lines.map((each) => `${each}\n`).join('') })

const burst = () => {
  const pairs = Array.from({ length: PAIRS }, (_, i) => i)
  ip([...pairs.map((i) => `link add a${i} type veth peer name b${i}`), ...pairs.map((i) => `link del a${i}`)])
}

const parts: Record<string, () => Promise<void>> = {
  /** Nothing else keeps this process alive. */
  async open() {
    monitorInterfaces(() => {})
  },

  /** While the event loop is held up, 200 interfaces come and go. */
  async burst() {
    let calls = 0
    let gone = 0
    const heard = Promise.withResolvers<void>()
    using _monitor = monitorInterfaces((removed) => {
      calls++
      gone += removed.length
      if (gone === PAIRS * 2) heard.resolve()
    })
    const alive = setInterval(() => {}, 1000)
    burst()
    await heard.promise
    clearInterval(alive)
    print(calls)
  },

  /** Nobody is called who has gone. */
  async disposed() {
    let calls = 0
    const monitor = monitorInterfaces(() => calls++)
    burst()
    monitor[Symbol.dispose]()
    monitor[Symbol.dispose]()
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    print(calls)
  },

  /** Worker threads that have monitors are ended while interfaces come and go. */
  async workers() {
    const threads = () => readdirSync('/proc/self/task').length
    const live = async () => {
      const worker = new Worker(new URL(import.meta.url), { argv: ['worker'] })
      await once(worker, 'message')
      return worker
    }
    await (await live()).terminate() // what the first one starts for good
    const before = threads()
    for (let i = 0; i < 10; i++) {
      const worker = await live()
      ip(['link add w0 type veth peer name w1', 'link del w0'])
      await worker.terminate()
    }
    print(threads() - before)
  },

  async worker() {
    const { parentPort } = await import('node:worker_threads')
    monitorInterfaces(() => {})
    monitorInterfaces(() => parentPort?.postMessage('heard'))
    parentPort?.postMessage('ready')
    setInterval(() => {}, 1000)
  },
}

await parts[isMainThread ? (process.argv[2] ?? '') : 'worker']?.()
