import { totalmem } from 'node:os'

/** Kernel memory that is allocated up front for a connection: in two tables of IPv4, and in the memory of both families. */
const BYTES_EACH = 2 * 192 + 96 + 120
/** That much of the machine's memory may be taken, if the least does not need more. */
const SHARE = 1 / 256
const LEAST = 131_072
const MOST = 1_048_576

/**
 * How many connections a generation holds, where nobody says: a power of two, for a map has as many buckets as the next.
 *
 * @param memoryBytes of the machine, or what this process's cgroup may have of it
 */
export function defaultMaxFlows(memoryBytes = availableBytes()): number {
  const affordable = 2 ** Math.floor(Math.log2((memoryBytes * SHARE) / BYTES_EACH))
  return Math.min(Math.max(affordable, LEAST), MOST)
}

/** The maps are charged to the cgroup of the process (kernel 5.11). */
function availableBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
