import type { Dictionary } from '../../pipeline/point-batch.ts'
import { evidenceName, transportName } from './names.ts'

/** Of columns that are numbers already: their ids are what the kernel says. */
const lasting = (value: Dictionary['value']): Dictionary => ({ value, lasting: true })

/** By a number that enumerates these. */
export const named = (...names: (string | undefined)[]): Dictionary => lasting((id) => names[id])

/** By IP protocol number. */
export const transports = lasting(transportName)
/** By IP version. */
export const types = lasting((family) => (family === 4 ? 'ipv4' : 'ipv6'))
/** By port; 0: none. */
export const ports = lasting((port) => (port === 0 ? undefined : port))
/** By enum evidence of bpf/shared/flow.h. */
export const evidences = lasting(evidenceName)
