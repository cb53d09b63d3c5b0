import { fileURLToPath } from 'node:url'
import { addon, build } from './addon.ts'
import type { Generation } from './generation.ts'

interface Functions {
  readonly slots: number
  open(objectPath: string, options: DatapathOptions): object
  attachCgroup(datapath: object, directory: string): void
  watchListeners(datapath: object, objectPath: string): void
  attachTcx(datapath: object, ifindex: number, link: LinkType): void
  attachClsact(datapath: object, ifindex: number, link: LinkType): boolean
  detach(datapath: object, ifindex: number): void
  linkAddresses(datapath: object, keys: Uint8Array): Promise<Uint8Array>
  setFilterInterface(datapath: object, ifindex: number, rules: bigint): void
  drain(datapath: object, last: boolean): Promise<Generation>
  close(datapath: object): void
  attachLater(datapath: object, ifindex: number, link: LinkType, clsact: boolean): Promise<boolean>
  detachLater(datapath: object, ifindex: number): Promise<boolean>
}

const native = () => addon<Functions>()

/** `ip`: frames begin with the IP header (tun, wireguard, ppp). */
export type LinkType = 'ethernet' | 'ip'

export const LINK_KEY_BYTES = 48

export interface DatapathOptions {
  /** Connections in each generation's table, of each address family. */
  readonly maxFlows: number
  /** Connections inside tunnels, instead of the tunnels' own. */
  readonly decapsulate?: boolean
  /** The programs for attachCgroup(), and not those for interfaces. */
  readonly atSockets?: boolean
  /** At sockets: what goes over loopback devices, too. */
  readonly withLoopback?: boolean
  /** Note how connections begin and fail. */
  readonly signals?: boolean
  /** At most 64, those that exclude first: the first one that fits decides. None: all is counted. */
  readonly filters?: readonly FilterRule[]
  /** Keep what linkAddresses() tells. */
  readonly linkAddresses?: boolean
  /** One packet in so many is looked at. */
  readonly sampling?: number
  /** 32 bits that nobody can guess: which ones. */
  readonly samplingSeed?: number
}

/** All that is set has to fit. Address and port: of either end. */
export interface FilterRule {
  readonly excludes: boolean
  readonly address?: string
  /** Bits of `address` that count. */
  readonly prefix?: number
  readonly port?: number
  /** One or two numbers. */
  readonly protocols?: readonly number[]
  /** Only interfaces that setFilterInterface names. */
  readonly ofInterfaces: boolean
}

/** Places that a connection has for what different hooks saw of it. */
export const slots = (): number => native().slots

/** The BPF programs in the kernel, their attachments and their counts. */
export class Datapath implements Disposable {
  private readonly handle: object
  private readonly end = () => this[Symbol.dispose]()

  /**
   * Loads the programs.
   * @param objectPath the programs; others than the built ones in tests only
   * @throws with `code`: EPERM without rights, EACCES or EINVAL if the verifier refused
   */
  constructor(options: DatapathOptions, objectPath = fileURLToPath(new URL('flow.bpf.o', build))) {
    this.handle = native().open(objectPath, options)
    process.once('exit', this.end) // process.exit() runs no finalizer, and a clsact filter outlives the process
  }

  /**
   * Attaches off the event loop, both directions or none: TCX takes the kernel some 30 ms.
   * Returns whether a killed netsonde's filters were removed. @throws with `code`: EINVAL where the kernel has no TCX, ENODEV
   */
  attach(ifindex: number, link: LinkType, how: 'tcx' | 'tc'): Promise<boolean> {
    return native().attachLater(this.handle, ifindex, link, how === 'tc')
  }

  /** Detaches off the event loop. Nothing happens if the interface is not attached. */
  async release(ifindex: number): Promise<void> {
    await native().detachLater(this.handle, ifindex)
  }

  /**
   * Attaches to the sockets of a cgroup and of all below it, by a path of the cgroup2 file system.
   * @throws with `code`: EPERM also where a program of somebody else wants to be alone there
   */
  attachCgroup(directory: string): void {
    native().attachCgroup(this.handle, directory)
  }

  /**
   * From now on sockets that listen tell a connection's server where no SYN has, in all network namespaces.
   * @throws with `code`: EPERM, or EACCES or EINVAL from a kernel that lacks something for it
   */
  watchListeners(objectPath = fileURLToPath(new URL('listeners.bpf.o', build))): void {
    native().watchListeners(this.handle, objectPath)
  }

  /** As attach(), and waits for it. @throws with `code`: EINVAL where the kernel has no TCX, ENODEV */
  attachTcx(ifindex: number, link: LinkType): void {
    native().attachTcx(this.handle, ifindex, link)
  }

  /** Both directions or none. Returns whether a killed netsonde's filters were removed. @throws with `code` */
  attachClsact(ifindex: number, link: LinkType): boolean {
    return native().attachClsact(this.handle, ifindex, link)
  }

  detach(ifindex: number): void {
    native().detach(this.handle, ifindex)
  }

  /**
   * The MAC addresses of ways of connections at interfaces, looked up off the event loop.
   * @param keys LINK_KEY_BYTES each, struct link_key of bpf/shared/flow.h
   * @returns 12 bytes each, the receiver's first, as in a frame; zeros where none are known
   */
  linkAddresses(keys: Uint8Array): Promise<Uint8Array> {
    return native().linkAddresses(this.handle, keys)
  }

  /**
   * Call before an interface is attached, where filters are of interfaces.
   * @param rules those that this interface is among, a bit each
   * @throws with `code`
   */
  setFilterInterface(ifindex: number, rules: bigint): void {
    native().setFilterInterface(this.handle, ifindex, rules)
  }

  /**
   * Closes the running generation and takes what it counted.
   *
   * @param last nothing of it is kept for a later one
   * @throws with `code`: EBADF after dispose
   */
  drain(last = false): Promise<Generation> {
    return native().drain(this.handle, last)
  }

  /** Detaches all. Counts that were not drained are gone. Safe to call twice. */
  [Symbol.dispose](): void {
    process.off('exit', this.end)
    native().close(this.handle)
  }
}
