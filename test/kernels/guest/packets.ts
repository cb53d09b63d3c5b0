import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { parseTableInKernel } from '../../packets/in-kernel.ts'
import { rows } from '../../packets/packets.ts'

/** The whole table of packets through this kernel. */
export async function packets(): Promise<void> {
  execFileSync('modprobe', ['tun']) // makes /dev/net/tun, too
  const { frames, rows: parsed, differences } = await parseTableInKernel()
  assert.deepEqual(differences.slice(0, 10), [], `${differences.length} of ${frames} frames differ`)
  assert.equal(parsed.test_run + parsed.packet, rows.length)
}
