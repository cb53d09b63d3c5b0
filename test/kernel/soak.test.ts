import { expect } from 'vitest'
import { kernelTest } from './kernel-test.ts'
import { soak } from './soak.ts'

/** A minute where nobody waits for it. Longer, and with more restarts: npm run soak. */
const [seconds, awaySeconds] = process.env.CI ? [60, 10] : [15, 3]

kernelTest(
  'the Collector is killed under traffic and started again: it, Prometheus and /metrics have what the wire had',
  async () => {
    const { wire, metrics, prometheus, collector, outages, resets, falls } = await soak({
      seconds,
      restarts: 1,
      awaySeconds,
    })

    expect(wire.client).toBeGreaterThan(30e6)
    expect(wire.server).toBeGreaterThan(20e6)
    expect({ metrics, prometheus, collector }).toEqual({ metrics: wire, prometheus: wire, collector: wire })
    expect(outages).toHaveLength(1)
    expect([resets, falls]).toEqual([0, 0])
  },
  { timeout: 180_000 },
)
