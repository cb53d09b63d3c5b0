import { defineConfig } from 'vitest/config'

/** For tests of test/kernel in a guest, where all is built and one processor does everything ten times slower. */
export default defineConfig({
  test: {
    include: ['test/kernel/**/*.test.ts'],
    env: { NETSONDE_NETEM: '1' },
    testTimeout: 300_000,
    fileParallelism: false,
  },
})
