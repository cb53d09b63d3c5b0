import type { TcpFeature } from '../../native/tcp.ts'
import type { Logger } from '../../pipeline/log.ts'
import type { Capability } from './capability-batch.ts'

type Name = Capability['feature']

/** Of programs that nobody asks for. */
export const disabled = (features: readonly Name[]): readonly Capability[] =>
  features.map((feature) => ({ feature, state: 'disabled', reason: 'configuration' }))

/**
 * What became of programs that are optional. One that the kernel refuses is named in the log.
 *
 * @param cost what is not told without each
 */
export function capabilitiesOf<Feature extends Name>(
  programs: readonly TcpFeature[],
  cost: Readonly<Record<Feature, string>>,
  log: Logger,
): readonly Capability[] {
  return programs.map(({ name, code, message }) => {
    const feature = name as Feature
    if (code === '') return { feature, state: 'available' }
    log.warn('a program cannot be used', { feature, reason: message, without: cost[feature] })
    return unavailable(feature, code)
  })
}

/** The verifier says EACCES too, and who lacks privileges does not come this far. */
export function unavailable(feature: Name, code: string): Capability {
  const kernel = ['EACCES', 'EINVAL', 'ENOENT', 'ESRCH', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)
  return {
    feature,
    state: 'unavailable',
    reason: kernel ? 'kernel' : code === 'EPERM' ? 'permission' : 'error',
  }
}
