import { readFileSync } from 'node:fs'
import { NetsondeError } from '../../errors.ts'

/** Bit numbers: linux/capability.h. CAP_SYS_ADMIN stands for BPF and PERFMON, as before kernel 5.8. */
const NEEDED = { CAP_BPF: 39, CAP_NET_ADMIN: 12, CAP_PERFMON: 38 } as const
const CAP_SYS_ADMIN = 21

/**
 * The capabilities that are needed and not there.
 * @param effective the CapEff mask
 */
export function missingCapabilities(effective: bigint): string[] {
  const has = (bit: number) => ((effective >> BigInt(bit)) & 1n) === 1n
  return Object.entries(NEEDED)
    .filter(([name, bit]) => !has(bit) && !(name !== 'CAP_NET_ADMIN' && has(CAP_SYS_ADMIN)))
    .map(([name]) => name)
}

/** @throws {NetsondeError} NO_PRIVILEGES: which capabilities are missing, and what to do */
export function requirePrivileges(status = readFileSync('/proc/self/status', 'utf8')): void {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  const missing = missingCapabilities(BigInt(`0x${mask ?? '0'}`))
  if (missing.length === 0) return
  throw new NetsondeError(
    'NO_PRIVILEGES',
    `no packets can be seen: ${list(missing)} ${missing.length === 1 ? 'is' : 'are'} missing. Run it as root (sudo), or give it ${missing.length === 1 ? 'that capability' : 'those capabilities'}`,
  )
}

const list = (names: readonly string[]) =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
