import { addon } from './addon.ts'

interface Functions {
  cgroupMount(): CgroupMount
  cgroups(directory: string): Promise<Cgroups>
}

const native = () => addon<Functions>()

/** The cgroups of a tree: entry i of each. A number is what a hook at a socket has in place of an ifindex. */
export interface Cgroups {
  readonly numbers: Uint32Array
  /** From the top of the tree on, which is `/`. */
  readonly paths: readonly string[]
}

/** Where the cgroup2 file system is. */
export interface CgroupMount {
  readonly directory: string
  /** false: of a container or a cgroup namespace, only what is below its own cgroup. */
  readonly isWhole: boolean
}

/** @throws with `code`: ENOENT where cgroup2 is not mounted */
export const findCgroupMount = (): CgroupMount => native().cgroupMount()

/** All cgroups of a directory of the cgroup2 file system, read off the event loop. @throws with `code` */
export const readCgroups = (directory: string): Promise<Cgroups> => native().cgroups(directory)
