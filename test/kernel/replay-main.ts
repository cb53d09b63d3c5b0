/**
 * `npm run test:replay -- [--most 50] FILE-OR-FOLDER...`: sends captures over a veth by tcpreplay, and compares what the
 * programs in the kernel count with what the pcap receiver counts. Takes those that can be sent as they were: Ethernet,
 * frames that are whole and that a device takes; of more than --most such files a sample, spread evenly.
 * Needs root, tcpreplay and editcap. Exit status 1: one differs, or none could be sent.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { linesOf } from '../captures/captures.ts'
import { askReceiver } from '../captures/netsonde.ts'
import { root } from './build.ts'
import { countedOnVeth } from './on-veth.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { most: { type: 'string', default: '50' } },
})
execFileSync('make', ['-s', 'all', 'test-programs'], { cwd: root, stdio: 'inherit' })

const MOST_PACKETS = 20_000
const LONGEST = 65_535
const folder = mkdtempSync(join(tmpdir(), 'netsonde-'))
const copy = join(folder, 'capture.pcap')

const filesOf = (path: string): string[] =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesOf(join(path, name))) : [path]

/** Makes `copy` a pcap file in little-endian order. @returns whether its frames can be sent as they were */
function prepare(path: string): boolean {
  if (spawnSync('editcap', ['-F', 'pcap', path, copy]).status !== 0) return false
  const file = readFileSync(copy)
  const snapshot = file.readUInt32LE(16) || LONGEST // libpcap cuts what is longer, whatever the record says
  let packets = 0
  for (let at = 24; at + 16 <= file.length; packets++) {
    const captured = file.readUInt32LE(at + 8)
    if (captured !== file.readUInt32LE(at + 12) || captured < 14 || captured > Math.min(snapshot, LONGEST))
      return false
    at += 16 + captured
  }
  return file.readUInt32LE(20) === 1 && packets > 0 && packets <= MOST_PACKETS
}

async function send(decapsulate: boolean): Promise<string[]> {
  return await countedOnVeth(
    async (namespace, device) => {
      const said = await namespace.run('tcpreplay', '--topspeed', '--preload-pcap', '-i', device, copy)
      return Number(/Successful packets:\s+(\d+)/.exec(said)?.[1])
    },
    { decapsulate },
  )
}

const tally = { equal: 0, different: 0 }
try {
  const fit = positionals.flatMap(filesOf).filter(prepare)
  const step = Math.max(1, fit.length / Number(values.most))
  for (let i = 0; i < fit.length; i += step) {
    const path = fit[Math.floor(i)] as string
    prepare(path)
    const inside = tally.equal % 2 === 1 // each half
    const [kernel, file] = [await send(inside).catch(String), linesOf(await askReceiver(copy, inside))]
    const equal = isDeepStrictEqual(kernel, file)
    tally[equal ? 'equal' : 'different']++
    process.stdout.write(`${equal ? 'equal' : 'DIFFERENT'} ${path}${inside ? ' (inside)' : ''}\n`)
    if (!equal)
      process.stdout.write(`   kernel ${JSON.stringify(kernel)}\n   file   ${JSON.stringify(file)}\n`)
  }
  process.stdout.write(
    `${tally.equal} equal, ${tally.different} different; ${fit.length} files could be sent\n`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = tally.different > 0 || tally.equal === 0 ? 1 : 0
