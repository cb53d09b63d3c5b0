import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { defineConfig } from 'vitest/config'

/** CI has brought a kernel to boot (scripts/setup), which takes minutes. */
const rig = process.env.NETSONDE_RIG ?? `${homedir()}/.cache/netsonde-rig`
const hasGuests = process.env.CI === 'true' && existsSync(`${rig}/kernels/5.10/base.cpio`)

// Groups run one after another: the kernel's tests own the machine's network while they run.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,test,bench}/**/*.test.ts'],
          exclude: ['test/{contract,scrape,kernel}/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'whole',
          include: ['test/{contract,scrape}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'kernel',
          globalSetup: ['test/kernel/build.ts'],
          include: ['test/kernel/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      ...(hasGuests
        ? [
            {
              test: {
                name: 'guests',
                include: ['test/kernels/guests.ci.ts'],
                testTimeout: 1_200_000,
                sequence: { groupOrder: 3 },
              },
            },
          ]
        : []),
    ],
  },
})
