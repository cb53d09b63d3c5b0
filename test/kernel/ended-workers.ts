/** Ends four workers, one after another, while they drain. */
import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { Datapath } from '../../src/native/datapath.ts'

if (isMainThread) {
  for (let i = 0; i < 4; i++) {
    const worker = new Worker(new URL(import.meta.url))
    await once(worker, 'message')
    await worker.terminate()
  }
  process.stdout.write('all four are gone\n')
} else {
  const datapath = new Datapath({ maxFlows: 16 })
  parentPort?.postMessage('draining')
  for (;;) await datapath.drain()
}
