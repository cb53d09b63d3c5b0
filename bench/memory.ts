import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import type { Figures } from './figures.ts'
import { build, ProgRun } from './prog-run.ts'

const ENTRIES = 65_536

/** What the kernel charges for full tables, an entry. */
export async function memoryFigures(folder: string): Promise<Figures> {
  using object = new ProgRun(join(build, 'bench/new_flow.bpf.o'), ['change_and_count'], {
    flows4_0: ENTRIES,
    connections4: ENTRIES,
  })
  // More than the table takes, for an LRU map hands out its entries unevenly.
  await object.run('change_and_count', 2 * ENTRIES, join(folder, 'ipv4'))
  assert.equal(await object.entries('flows4_0'), ENTRIES, 'the table is full')
  return {
    bytes_per_connection: {
      value: (await object.memory('flows4_0')) / ENTRIES,
      unit: 'B',
      about: "a connection's entry in a generation's full IPv4 table",
      reach: 200,
    },
    connection_bytes: {
      value: (await object.memory('connections4')) / ENTRIES,
      unit: 'B',
      about: "a connection's entry in the map that outlives generations",
    },
  }
}
