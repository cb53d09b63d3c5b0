import { expect, test } from 'vitest'
import { missingCapabilities, requirePrivileges } from './privileges.ts'

const bits = (...numbers: number[]) => numbers.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n)

test.each([
  [bits(12, 38, 39), []],
  [bits(12, 21), []], // CAP_SYS_ADMIN has stood for both before 5.8
  [bits(21), ['CAP_NET_ADMIN']],
  [bits(12, 39), ['CAP_PERFMON']],
  [0n, ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON']],
])('with %s effective, %j are missing', (effective, missing) => {
  expect(missingCapabilities(effective)).toEqual(missing)
})

test('says which capabilities are missing and what to do', () => {
  expect(() => requirePrivileges('Name:\tnode\nCapEff:\t0000000000000000\n')).toThrow(
    'no packets can be seen: CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are missing. Run it as root (sudo), or give it those capabilities',
  )
  expect(() => requirePrivileges('CapEff:\t000001ffffffffff\n')).not.toThrow()
})
